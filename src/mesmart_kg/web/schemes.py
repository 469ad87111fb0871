"""What the registers are called whose codes things have, in the reader's language."""

from __future__ import annotations

from mesmart_kg.web.languages import translate


def name_scheme(scheme: str) -> str:
    """Return what the codes of a register are called."""
    names = {
        "istat": translate("ISTAT code"),
        "istat-region": translate("ISTAT code of the region"),
        "istat-province": translate("ISTAT code of the province"),
        "istat-uts": translate("ISTAT code of the territorial unit"),
        "cadastral": translate("cadastral code"),
        "nuts": translate("NUTS code"),
        "lau": translate("LAU code"),
        "iso3166-1": translate("ISO 3166 code"),
        "ipa": translate("Code in the index of Italian public bodies (IPA)"),
        "wikidata": translate("Wikidata"),
        "geonames": translate("GeoNames"),
        "eu-authority": translate("code in the tables of the EU"),
    }
    return names.get(scheme, translate("code"))
