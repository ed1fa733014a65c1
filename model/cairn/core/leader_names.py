"""The leaders that the record codes, in order of office: names as the baseline's successions have them."""

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
