"""Every rule of the four QuantumBit constraint models, with what keeps it and what breaks it.

A configuration is written as what differs from the model's defaults: attributes of the root by
their code, parts by the key of their node with a quantity. The texts are typed from the files;
where a file gives a rule none, they are what the reader has to say of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BUNDLE = "QuantumBitBundle/ESDV_QuantumBitBundle_V1.cml"
COMPLETE = "QuantumBitComplete/ESDV_QuantumBitComplete_V1.cml"
PCM = "QuantumBitPCM/ESDV_QuantumBitPCM_V1.cml"
SERVER = "Server2/ESDV_Server2_V1.cml"
FILES = (BUNDLE, COMPLETE, PCM, SERVER)

Written = dict[str, str | int | bool]


@dataclass(frozen=True)
class Case:
    """A rule of a file.

    `shows` is true for what forbids nothing: then `keeps` is where it stays silent or is met, and
    `breaks` where it speaks or is not.
    """

    file: str
    model: str
    line: int
    kind: str
    text: str
    keeps: Written
    breaks: Written
    facts_kept: dict[str, int] = field(default_factory=dict)
    facts_broken: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.model}:{self.line}"


MARK = " [worded by the reader]"
REDHAT = "When running RedHat Linux, a minimum of 8 Base Cores is required!"
ADDITIONAL = (
    f"If the number of QBAPIManagementSolution is at least 5, then AdditionalAPI is required.{MARK}"
)
AEH = "lineitems/APIAccessRequestsAEH"
API = "lineitems/APIAccessRequests"
ESSENTIALS = "QuantumBit Essentials Training to help you with API access"
FUNDAMENTALS = "QuantumBit Fundamentals Training to help you with API access"


def solution(file: str, constraint: int, require: int) -> list[Case]:
    """The rules of QuantumBitCompleteSolution, which two files have."""
    redhat: Written = {"Operating_System": "Redhat Enterprise Linux"}
    model = "QuantumBitCompleteSolution"
    return [
        Case(
            file,
            model,
            constraint,
            "rule",
            REDHAT,
            {**redhat, "Base_Core_Count": 8},
            {**redhat, "Base_Core_Count": 6},
        ),
        Case(
            file,
            model,
            require,
            "rule",
            ADDITIONAL,
            {"qbapimanagementsolution": 5, "additionalapi": 1},
            {"qbapimanagementsolution": 5},
        ),
    ]


QUOTES = [
    Case(
        BUNDLE,
        "Quote",
        47,
        "rule",
        "QuantumBit Database is required when API Access Requests (AEH) is selected.",
        {AEH: 1, "lineitems/QuantumBitDatabase": 1},
        {AEH: 1},
    ),
    Case(BUNDLE, "Quote", 49, "message", ESSENTIALS, {}, {AEH: 1}),
    Case(BUNDLE, "Quote", 51, "message", FUNDAMENTALS, {}, {AEH: 1}),
    Case(
        PCM,
        "Quote",
        16,
        "rule",
        "Unable to add QuantumBit Database",
        {API: 2, "lineitems/QuantumBitDatabase": 1},
        {API: 2},
    ),
    Case(PCM, "Quote", 18, "message", ESSENTIALS, {}, {API: 1}),
    Case(PCM, "Quote", 20, "message", FUNDAMENTALS, {}, {API: 1}),
    Case(
        PCM,
        "Quote",
        24,
        "message",
        "Recommends QuantumBit Database Token Commit Flat",
        {},
        {},
        {"assetLineItems/QuantumBitCompleteSolution": 0},
        {"assetLineItems/QuantumBitCompleteSolution": 1},
    ),
]


def server(line: int, kind: str, text: str, keeps: Written, breaks: Written) -> Case:
    return Case(SERVER, "Server", line, kind, text, keeps, breaks)


LRDIMM: Written = {"DIMMType": "3200MT/s LRDIMMs"}
AI: Written = {"Workload": "AI", "SocketConfiguration": "Dual", "liquidcooler": 2}
FRONT16: Written = {"FrontStorage": "16x2.5 inch Drives"}
REAR2: Written = {"RearStorage": "2x2.5 inch Drives"}
MEMORY = ("8", "16", "32", "64")


def memory() -> list[Case]:
    """One kind of memory in a server: each kind disables each other."""
    pairs = [(one, other) for one in MEMORY for other in MEMORY if one != other]
    return [
        server(
            134 + number,
            "rule",
            f"RAM{other} cannot be chosen if there is RAM{one}.{MARK}",
            {f"ram{one}": 2},
            {f"ram{one}": 2, f"ram{other}": 1},
        )
        for number, (one, other) in enumerate(pairs)
    ]


def supplies() -> list[Case]:
    """A warning and a rule for each power supply. An accelerator draws 400 watts, a Nova 300."""
    each: list[tuple[str, str, str, int, Written, Written]] = [
        ("pwr500s", "QBPowerCore500S", "PowerCore 500S", 500, {"accel": 1}, {"nova": 2}),
        ("pwr600d", "QBPowerSafe600D", "PowerSafe 600D", 600, {"nova": 2}, {"accel": 1, "nova": 1}),
        ("pwr800s", "QBPowerCore800S", "PowerCore 800S", 800, {"accel": 2}, {"nova": 3}),
        ("pwr1000d", "QBPowerSafe1000D", "PowerSafe 1000D", 1000, {"nova": 3}, {"accel": 3}),
        ("pwr1600s", "QBPowerCore1600S", "PowerCore 1600S", 1600, {"accel": 4}, {"accel": 5}),
        ("pwr2000d", "QBPowerSafe2000D", "PowerSafe 2000D", 2000, {"accel": 5}, {"accel": 6}),
    ]
    found = []
    for number, (part, kind, name, watts, enough, more) in enumerate(each):
        kept: Written = {**enough, part: 1}
        broken: Written = {**more, part: 1}
        shown = f"The QB {name} is not compatible. Please select a higher output PSU."
        found.append(server(268 + number, "message", shown, kept, broken))
        forbidden = f"{kind} cannot be chosen if PowerDraw is more than {watts}.{MARK}"
        found.append(server(275 + number, "rule", forbidden, kept, broken))
    return found


def processors() -> list[Case]:
    """What a workload and a performance tier prefer."""
    each: list[tuple[int, str, str, Written, Written]] = [
        (
            154,
            "Entry",
            "2 Plat_22Ghz_32C64T and there are exactly 2 LiquidCooler",
            AI,
            {"plat22ghz": 2},
        ),
        (
            155,
            "Standard",
            "2 Plat_23Ghz_32C64T and there are exactly 2 LiquidCooler and there are exactly 1 Nova",
            AI,
            {"plat23ghz": 2, "nova": 1},
        ),
        (
            156,
            "Performance",
            "2 Plat_24Ghz_36C72T and there are exactly 1 Accel"
            " and there are exactly 2 LiquidCooler",
            AI,
            {"plat24ghz36c": 2, "accel": 1},
        ),
        (
            157,
            "Accelerated",
            "2 Plat_24Ghz_38C76T and there are exactly 2 Accel"
            " and there are exactly 2 LiquidCooler",
            AI,
            {"plat24ghz38c": 2, "accel": 2},
        ),
        (
            160,
            "Entry",
            "1 Gold_21Ghz_24C48T and there are exactly 1 AirCooler",
            {},
            {"gold21ghz": 1, "aircooler": 1},
        ),
        (
            161,
            "Standard",
            "1 Gold_22Ghz_28C56T and there are exactly 1 AirCooler",
            {},
            {"gold22ghz": 1, "aircooler": 1},
        ),
        (
            162,
            "Performance",
            "1 Gold_3Ghz_18C36T and there are exactly 1 AirCooler",
            {},
            {"gold3ghz": 1, "aircooler": 1},
        ),
        (
            163,
            "Accelerated",
            "1 Gold_3Ghz_18C36T and there are exactly 1 LiquidCooler and there are exactly 1 Nova",
            {},
            {"gold3ghz": 1, "liquidcooler": 1, "nova": 1},
        ),
    ]
    found = []
    for line, tier, wanted, where, parts in each:
        workload = 'is not "General"' if where else 'is "General"'
        text = (
            f'If Workload {workload} and PerformanceTier is "{tier}",'
            f" then preferably there are exactly {wanted}.{MARK}"
        )
        under: Written = {**where, "PerformanceTier": tier}
        found.append(server(line, "preference", text, {**under, **parts}, under))
    return found


def storage() -> list[Case]:
    """What a storage profile prefers."""
    front = 'FrontStorage is "12x3.5 inch Drives"'
    other = 'FrontStorage is not "12x3.5 inch Drives"'
    capacity: Written = {"StorageProfile": "Capacity"}
    performance: Written = {"StorageProfile": "Performance"}
    balanced: Written = {"StorageProfile": "Balanced"}
    each: list[tuple[int, str, str, Written, Written]] = [
        (
            283,
            f'"Capacity" and {front} and RearStorage is "N/A"',
            "8 HDD20_Big and there are exactly 6 SSD30",
            capacity,
            {"hdd20_big": 8, "ssd30": 6},
        ),
        (
            284,
            f'"Capacity" and {other}',
            "16 HDD3_Small and there are exactly 6 SSD30",
            {**capacity, **FRONT16},
            {"hdd3_small": 16, "ssd30": 6},
        ),
        (
            285,
            f'"Performance" and {front}',
            "8 HDD4_Big and there are exactly 3 SSD16",
            performance,
            {"hdd4_big": 8, "ssd16": 3},
        ),
        (
            286,
            f'"Performance" and {other}',
            "14 HDD3_Small and there are exactly 2 SSD8",
            {**performance, **FRONT16},
            {"hdd3_small": 14, "ssd8": 2},
        ),
        (
            287,
            f'"Balanced" and {front}',
            "8 HDD8_Big and there are exactly 2 SSD16",
            balanced,
            {"hdd8_big": 8, "ssd16": 2},
        ),
        (
            288,
            f'"Balanced" and {other}',
            "8 HDD1_Small and there are exactly 8 HDD3_Small and there are exactly 4 SSD16",
            {**balanced, **FRONT16},
            {"hdd1_small": 8, "hdd3_small": 8, "ssd16": 4},
        ),
    ]
    return [
        server(
            line,
            "preference",
            f"If StorageProfile is {when}, then preferably there are exactly {wanted}.{MARK}",
            {**where, **parts},
            {**where, "ssd2": 1},
        )
        for line, when, wanted, where, parts in each
    ]


SERVERS = [
    server(
        130,
        "rule",
        f'If DIMMType is "3200MT/s RDIMMs", then there is no RAM128.{MARK}',
        {**LRDIMM, "ram128": 1},
        {"ram128": 1},
    ),
    server(
        131,
        "rule",
        "Please select compatible memory for your server.",
        {"ram8": 1},
        {**LRDIMM, "ram8": 1},
    ),
    server(
        132,
        "preference",
        f'If DIMMType is "3200MT/s LRDIMMs", then preferably there are exactly 2 RAM128.{MARK}',
        {**LRDIMM, "ram128": 2},
        {**LRDIMM, "ram128": 1},
    ),
    *memory(),
    server(
        150,
        "rule",
        f'Workload is not "General" exactly when SocketConfiguration is "Dual".{MARK}',
        AI,
        {"Workload": "AI"},
    ),
    server(
        151,
        "rule",
        "Dual CPUs are only available for Platinum CPUs.",
        {**AI, "plat22ghz": 2},
        {**AI, "gold21ghz": 1},
    ),
    *processors(),
    server(
        165,
        "rule",
        f'AirCooler cannot be chosen if Workload is not "General".{MARK}',
        {"aircooler": 2},
        {**AI, "aircooler": 1},
    ),
    server(
        166,
        "rule",
        'AirCooler cannot be chosen if Workload is "General"'
        f' and PerformanceTier is "Accelerated".{MARK}',
        {"PerformanceTier": "Accelerated", "liquidcooler": 1},
        {"PerformanceTier": "Accelerated", "aircooler": 1},
    ),
    server(
        167,
        "rule",
        'If Workload is not "General" and SocketConfiguration is "Dual",'
        f" then exactly 2 LiquidCooler are required.{MARK}",
        AI,
        {**AI, "liquidcooler": 1},
    ),
    server(
        177,
        "table",
        "FrontStorage, RearStorage, availableDrives, frontDrives, rearDrives"
        f" must be one of the listed combinations.{MARK}",
        {**FRONT16, **REAR2},
        {"availableDrives": 24},
    ),
    server(181, "rule", "Too many drives selected", {"hdd1_big": 12}, {"hdd1_big": 13}),
    server(
        182,
        "rule",
        "Add Rear Storage for additional 2.5 inch drive space",
        {**FRONT16, "hdd1_small": 16},
        {**FRONT16, "hdd1_small": 17},
    ),
    server(
        183,
        "rule",
        "Too many HDD's selected. Please adjust the quantity",
        {**FRONT16, **REAR2, "hdd3_small": 18},
        {**FRONT16, **REAR2, "hdd3_small": 19},
    ),
    server(
        184,
        "rule",
        'If FrontStorage is "12x3.5 inch Drives" and RearStorage is "N/A",'
        f" then there is no HDD1_Small and there is no HDD3_Small.{MARK}",
        {**REAR2, "hdd3_small": 2},
        {"hdd3_small": 1},
    ),
    server(
        185,
        "rule",
        'If FrontStorage is not "12x3.5 inch Drives", then there is no HDD1_Big'
        f" and there is no HDD4_Big and there is no HDD20_Big and there is no HDD8_Big.{MARK}",
        {**FRONT16, "hdd1_small": 1},
        {**FRONT16, "hdd20_big": 1},
    ),
    server(
        202,
        "rule",
        "A maximum of 6 SSD's are supported with the Q-Rack 750",
        {"ssd2": 4, "ssd30": 2},
        {"ssd2": 4, "ssd30": 3},
    ),
    server(
        204,
        "message",
        "Please select storage. Refer to our storage profiles for a quick start.",
        {"ssd2": 1},
        {},
    ),
    server(
        266,
        "rule",
        'If Redundancy is "High Availability", then there is no QBPowerCore500S'
        f" and there is no QBPowerCore800S and there is no QBPowerCore1600S.{MARK}",
        {"Redundancy": "High Availability", "pwr2000d": 1},
        {"Redundancy": "High Availability", "pwr1600s": 1},
    ),
    *supplies(),
    *storage(),
    server(
        291,
        "rule",
        f'If RAID is not "N/A", then RAID500 is required.{MARK}',
        {"RAID": "RAID 5", "raid500": 1},
        {"RAID": "RAID 5"},
    ),
    server(
        295,
        "rule",
        "Out of PCIe Slots. There are only 6 slots available.",
        {"link10g": 4, "nvexpand": 2},
        {"link10g": 4, "nvexpand": 3},
    ),
    server(
        296,
        "message",
        "There are 4 x16 Lanes. Performance may be impacted",
        {"link100g": 4},
        {"link100g": 5},
    ),
]

CASES = [*solution(BUNDLE, 114, 117), *solution(COMPLETE, 60, 63), *QUOTES, *SERVERS]
