"""Names that are nobody's: people and companies put together from parts, so that no real one is meant."""

from random import Random

FIRST = {
    "DE": "Anke Birte Carsten Dirk Elke Falk Gesa Henning Imke Jorn Katrin Lutz Maren Nele Olaf Petra Ralf",
    "NL": "Bram Daan Eline Femke Gijs Hanneke Ilse Joris Lotte Maud Niels Pien Roos Sjoerd Teun Willem",
    "DK": "Anders Bodil Christel Ditte Esben Freja Gorm Inger Jeppe Kirsten Lasse Mette Niels Ove Signe",
    "NO": "Aud Bjarne Eirik Frode Gro Halvor Ingrid Kjersti Leif Magne Oddvar Ragnhild Solveig Terje Unni",
    "SE": "Agneta Bengt Cecilia Elin Fredrik Gunnar Helena Ingmar Karin Lennart Maja Nils Oskar Pernilla",
    "FR": "Benoit Camille Delphine Etienne Fabienne Gaspard Helene Isabelle Jules Lucie Mireille Noemie",
    "ES": "Aitor Begona Carmen Diego Elvira Fermin Gloria Hugo Ines Javier Lucia Mateo Nuria Oscar Pilar",
    "IT": "Aldo Bianca Chiara Dario Elena Fabio Giulia Ivo Livia Marco Nadia Ottavio Paola Renzo Silvia",
    "GB": "Alistair Bronwen Clive Dorothy Euan Fiona Giles Harriet Isla Jonty Keir Lorna Morag Nigel Oonagh",
    "PL": "Agata Bartosz Celina Dorota Edyta Filip Grazyna Henryk Iwona Janusz Kinga Leszek Malwina Norbert",
}
LAST = {
    "DE": "Ahlers Brodersen Claasen Dammann Eggers Fehling Gerkens Harms Ihde Jessen Kruse Lorenzen Meinert",
    "NL": "Baas Dekker Elzinga Feenstra Hoekstra Jonker Kuipers Meijer Postma Rietveld Sikkema Terpstra",
    "DK": "Aagaard Brandt Dahlgaard Fabricius Gram Holst Iversen Juhl Kofoed Lykke Moesgaard Riis Skov",
    "NO": "Aas Bakke Dahle Eriksrud Fjeld Grimstad Haugland Kvamme Lien Moe Nesheim Ravnaas Solberg Tveit",
    "SE": "Alm Blomgren Dahlin Ekstrand Forsell Grahn Hedlund Jernberg Kullberg Lindh Mattsson Nyqvist",
    "FR": "Aubrac Bertin Chastel Delorme Fabre Garrel Jourdan Lacaze Marchand Nadal Pellerin Roussel Savary",
    "ES": "Aranda Bustos Carrasco Dominguez Espejo Fuertes Gallardo Herrero Izquierdo Lozano Marin Olmedo",
    "IT": "Amato Bassi Corsini Donati Ferraris Galli Landi Monti Nardi Orsini Parodi Riva Salvi Testa Vitale",
    "GB": "Ashworth Brierley Clitheroe Dunmore Eastwick Fenwick Garside Hollins Keane Lomax Thackeray",
    "PL": "Adamski Borowik Cichy Dudek Fiolek Gajda Holub Janik Kozlik Lisowski Mazurek Nogaj Pawlik Rybak",
}
PREFIX = [
    "Nord", "Sund", "Hav", "Alm", "Berg", "Dal", "Fjord", "Kvist", "Lund", "Mark",
    "Osterholt", "Strand", "Vest", "Aker", "Brandt", "Carpat", "Duna", "Erlen", "Frio", "Gel",
    "Hallin", "Kerna", "Lact", "Marsh", "Olsen", "Polar", "Quell", "Rens", "Skagen", "Tarn",
    "Ulven", "Verd", "Wealden", "Ysel", "Zande", "Bran", "Corv", "Drava", "Elst",
]
SUFFIX = {
    "food production": ["Foods", "Dairy", "Bakeries", "Frost", "Seafood", "Provisions"],
    "food distribution": ["Fresh", "Chill", "Distribution", "Wholesale", "Logistics"],
    "pharma wholesale": ["Pharma", "Medical Supply", "Vaccines"],
    "catering": ["Catering", "Kitchens"],
    "software": ["Systems", "Software"],
    "education": ["College", "Institute"],
}
TITLES = {
    "executive": ["Managing director", "Chief operating officer", "Owner"],
    "director": ["Head of logistics", "Director of quality", "Head of operations"],
    "manager": ["Quality manager", "Fleet manager", "Warehouse manager"],
    "senior": ["Senior buyer", "Senior quality engineer"],
    "professional": ["Buyer", "Quality engineer", "Analyst"],
    "junior": ["Trainee", "Assistant"],
}
DEPARTMENT = {
    "executive": "general_management",
    "director": "operations",
    "manager": "operations",
    "senior": "purchasing",
    "professional": "operations",
    "junior": "administration",
}


def company(chance: Random, industry: str, taken: set[str]) -> tuple[str, str]:
    """A company's name and its domain (always under .example), not in `taken`."""
    while True:
        name = f"{chance.choice(PREFIX)}{chance.choice(['', 'mar', 'holm', 'vik', 'berg', 'land', 'by'])}"
        full = f"{name} {chance.choice(SUFFIX[industry])}"
        if full not in taken:
            taken.add(full)
            return full, full.lower().replace(" ", "-") + ".example"


def human(chance: Random, country: str) -> tuple[str, str]:
    """A first and a last name as they are common in that country."""
    pool = country if country in FIRST else "GB"
    return chance.choice(FIRST[pool].split()), chance.choice(LAST[pool].split())
