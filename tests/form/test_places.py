"""The 22 counties and 368 districts, and the ways in which people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.form.conftest import ANY_TIME, FORM, take

#: Source: 內政部, 鄉鎮市區 by county, 2026-11.
COUNTS = {
    "臺北市": 12, "新北市": 29, "桃園市": 13, "臺中市": 29, "臺南市": 37, "高雄市": 38, "基隆市": 7, "新竹市": 3, "嘉義市": 2,
    "新竹縣": 13, "苗栗縣": 18, "彰化縣": 26, "南投縣": 13, "雲林縣": 20, "嘉義縣": 18, "屏東縣": 33, "宜蘭縣": 12,
    "花蓮縣": 13, "臺東縣": 16, "澎湖縣": 6, "金門縣": 6, "連江縣": 4,
}  # fmt: skip
PAIRS = [(county.name, district) for county in FORM.counties for district in county.districts]


def test_all_counties_and_districts_are_there():
    """Twenty-two, three hundred and sixty-eight; none twice; written with 臺, each with its kind."""
    assert {county.name: len(county.districts) for county in FORM.counties} == COUNTS
    assert (len(COUNTS), sum(COUNTS.values())) == (22, 368)
    assert len(set(PAIRS)) == 368
    assert all("台" not in county + district for county, district in PAIRS)
    assert {district[-1] for _, district in PAIRS} == set("鄉鎮市區")
    assert {
        kind for county, district in PAIRS for kind in district[-1] if COUNTS[county] and county[-1] == "市"
    } == {"區"}


@pytest.mark.parametrize("county", COUNTS)
def test_a_district_is_found_however_its_county_is_known(county):
    """From the draft, or written in front; with 臺 or 台, with its last sign or, in its county, without."""
    for district in [name for where, name in PAIRS if where == county]:
        both = {"county": county, "district": district}
        assert take("district", district, {"county": county}) == {"district": district}
        assert take("district", district[:-1], {"county": county}) == {"district": district}
        assert take("district", f"{county}{district}".replace("臺", "台")) == both
        assert take("county", f"{county} {district}") == both


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("台北", {"county": "臺北市"}),
        ("臺北市", {"county": "臺北市"}),
        ("屏東", {"county": "屏東縣"}),
        ("新竹市", {"county": "新竹市"}),
        ("新竹", "county_which"),
        ("嘉義", "county_which"),
        ("台北縣", {"county": "新北市"}),
        ("馬祖", {"county": "連江縣"}),
        ("台北縣板橋市", {"county": "新北市", "district": "板橋區"}),
        ("板橋", {"county": "新北市", "district": "板橋區"}),
        ("彰化市", {"county": "彰化縣", "district": "彰化市"}),
        ("火星", "county_unclear"),
        ("東區", "county_unclear"),
        ("＿", "county_unclear"),
        ("臺北市" * 30, "county_unclear"),
    ],
)
def test_a_county_is_read_as_people_call_it(typed, taken):
    """Short names and old names too; what two counties are called is asked again."""
    assert take("county", typed) == taken


@pytest.mark.parametrize(
    ("typed", "draft", "taken"),
    [
        ("東區", {}, "district_which"),
        ("東區", {"county": "嘉義市"}, {"district": "東區"}),
        ("中西區", {}, {"county": "臺南市", "district": "中西區"}),
        ("那瑪夏", {}, {"county": "高雄市", "district": "那瑪夏區"}),
        ("信義鄉", {}, {"county": "南投縣", "district": "信義鄉"}),
        ("信義", {}, "district_which"),
        ("新竹東區", {}, {"county": "新竹市", "district": "東區"}),
        ("台中東區", {"county": "臺北市"}, {"county": "臺中市", "district": "東區"}),
        ("中西區", {"county": "臺北市"}, "district_elsewhere"),
        ("哪裡", {}, "district_unclear"),
        ("中西區", {"county": "沒有這個縣"}, {"county": "臺南市", "district": "中西區"}),
    ],
)
def test_a_district_alone_tells_its_county_if_only_one_has_it(typed, draft, taken):
    """It never changes a county that was named before, unless it names another one itself."""
    assert take("district", typed, draft) == taken


def test_a_new_county_empties_the_district_of_the_old_one():
    """A district that is not there would send the form astray."""
    assert take("county", "臺中市", {"district": "中西區"}) == {"county": "臺中市", "district": ""}
    assert take("county", "臺南市", {"district": "中西區"}) == {"county": "臺南市"}


@pytest.mark.parametrize(
    ("typed", "draft", "more"),
    [
        ("台北市中正區某路 1 號", {}, {"county": "臺北市", "district": "中正區"}),
        ("220 新北市板橋區某路 1 號", {}, {"county": "新北市", "district": "板橋區"}),
        ("板橋區某路 1 號", {}, {"county": "新北市", "district": "板橋區"}),
        ("中山區某路 1 號", {}, {}),
        ("中山區某路 1 號", {"county": "基隆市"}, {"district": "中山區"}),
        ("基隆市某路 1 號", {}, {"county": "基隆市"}),
        ("板橋區某路 1 號", {"county": "基隆市"}, {}),
        ("新北市板橋區某路 1 號", {"county": "基隆市"}, {}),
        ("新北市板橋區某路 1 號", {"county": "新北市", "district": "三重區"}, {}),
        ("某路 1 號", {}, {}),
    ],
)
def test_an_address_stays_as_written_and_tells_county_and_district(typed, draft, more):
    """Only what the draft does not say yet, and nothing against what it says."""
    assert take("address", typed, draft) == {"address": typed, **more}


@ANY_TIME
@given(st.text(max_size=80), st.sampled_from([*COUNTS, ""]))
def test_no_text_breaks_the_reading_of_places(text, county):
    """And what is taken is always on the list."""
    for key in ("county", "district"):
        taken = take(key, text, {"county": county} if county else {})
        if isinstance(taken, dict):
            assert taken.get("county", "臺北市") in COUNTS
            assert "district" not in taken or (taken.get("county", county), taken["district"]) in PAIRS


@pytest.mark.parametrize(
    ("text", "county"),
    [
        ("Taipei City", "臺北市"), ("taipei", "臺北市"), ("New Taipei", "新北市"), ("KAOHSIUNG", "高雄市"), ("Hsinchu County", "新竹縣"),
        ("hsinchu city", "新竹市"), ("Lienchiang County", "連江縣"), ("Pingtung", "屏東縣"),
    ],
)  # fmt: skip
def test_a_county_may_be_written_as_its_signs_do(text, county):
    """Who cannot type Chinese still says where the form has to go."""
    assert take("county", text, {}) == {"county": county}


def test_a_romanised_name_that_two_have_is_asked_again():
    """Hsinchu is a city and a county."""
    assert take("county", "Hsinchu", {}) == "county_which"
    assert take("county", "Chiayi", {}) == "county_which"


def test_every_county_has_its_romanised_name_once():
    """For the list on the page, where it stands before the Chinese."""
    names = [county.latin for county in FORM.counties]
    assert all(name.endswith((" City", " County")) for name in names)
    assert len(set(names)) == len(names)
