"""The leaders that the record codes, in order of office: names as in the baseline; codings by name."""

LEADERS = (
    "Nazarbayev",
    "Akayev",
    "Rahmon",
    "Niyazov",
    "Karimov",
    "Bakiyev",
    "G. Berdimuhamedov",
    "Otunbayeva",
    "Atambayev",
    "Mirziyoyev",
    "Jeenbekov",
    "Tokayev",
    "Japarov",
    "S. Berdimuhamedov",
)

CODINGS = {
    "shipped": "as in the scenario, judged",
    "lower": "openness of all .15 lower",
    "higher": "openness of all .15 higher",
    "first_year": "openness from acts on the borders in the first year in office",
    "force": "openness from willingness to use force, a weak proxy",
    "magaloni": "personalism by Magaloni, Chu and Min",
    "gwf": "personalism by Geddes, Wright and Frantz",
    "reign": "personalism by REIGN",
    "chisols": "personalism by CHISOLS",
}
