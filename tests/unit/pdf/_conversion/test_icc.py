"""Our profile is sRGB for an independent colour engine (Little CMS), and ICC version 2."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

from segur_interop.pdf._clauses.color import read_profile
from segur_interop.pdf._conversion.icc import srgb_profile


def test_little_cms_reads_it_as_a_monitor_profile() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())).profile
    assert profile.version == 2.1
    assert profile.device_class == "mntr"
    assert profile.xcolor_space.strip() == "RGB"
    assert profile.profile_description == "sRGB IEC61966-2.1"


def test_little_cms_finds_no_difference_from_its_own_srgb() -> None:
    ramp = Image.new("RGB", (4096, 1))
    ramp.putdata(
        [(r * 17, g * 17, b * 17) for r in range(16) for g in range(16) for b in range(16)]
    )
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    theirs = ImageCms.createProfile("sRGB")
    for source, target in ((ours, theirs), (theirs, ours)):
        turned = ImageCms.profileToProfile(ramp, source, target)
        assert turned is not None
        before, after = ramp.tobytes(), turned.tobytes()
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) <= 1


def test_it_is_always_the_same_octets() -> None:
    assert srgb_profile() == srgb_profile()
    assert len(srgb_profile()) < 3000


def test_a_page_of_html_is_no_profile() -> None:
    assert read_profile(srgb_profile()) == ("mntr", "RGB ", 2)
    assert read_profile(b"<!DOCTYPE html>" * 50) is None
    assert read_profile(srgb_profile()[:500]) is None
    assert read_profile(b"") is None
