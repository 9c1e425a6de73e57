# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role etcd_pki does about the certificates of a host."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.alicloud.flannel.plugins.filter.etcd_pki_plan import etcd_pki_plan
from ansible_collections.alicloud.flannel.plugins.module_utils._core.errors import CollectionError
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.hosts import (
    ABSENT,
    DAY,
    NOW,
    VARIABLES,
    Seen,
    bare,
    ca_state,
    carry_out,
    entry,
    make_authority,
)
from ansible_collections.alicloud.flannel.tests.unit.plugins.plugin_utils._pki.made import Made, make
from hypothesis import given, settings
from hypothesis import strategies as st

CA = make_authority()
OTHER = make_authority("other CA")
STABLE = ca_state(CA)
PARTS = ("member", "client", "identity")
SERVER, PEER, ROOT, BUNDLE = (f"/etc/etcd/pki/{name}.crt" for name in ("server", "peer", "root", "ca"))


def plan(seen: Seen, part: str = "member", ca: t.Mapping[str, t.Any] | None = STABLE, **options: t.Any) -> dict[str, t.Any]:
    variables = {**VARIABLES, **options.pop("variables", {})}
    return etcd_pki_plan(seen, part, variables, ca, **options)


def converged(part: str = "member") -> Seen:
    seen = bare(part)
    return carry_out(plan(seen, part), seen, CA)


def reissued(found: dict[str, t.Any]) -> list[str]:
    return [pair["name"] for pair in found["issue"]]


# Each spoils something on a host that is as it should be.
DAMAGES: list[t.Callable[[Seen, int], object]] = [
    lambda seen, at: seen["certificates"][at]["cert"].update(exists=False, pem=""),
    lambda seen, at: seen["certificates"][at]["cert"].update(pem="?"),
    lambda seen, at: seen["certificates"][at]["cert"].update(pem=OTHER.pem),
    lambda seen, at: seen["certificates"][at]["cert"].update(owner="etcd", mode="0666"),
    lambda seen, at: seen["certificates"][at].get("key", {}).update(exists=False, owner="", group="", mode="", public=""),
    lambda seen, at: seen["certificates"][at].get("key", {}).update(mode="0644"),
    lambda seen, at: seen["certificates"][at].get("key", {}).update(public=OTHER.public_pem),
    lambda seen, at: seen["folders"][0].update(mode="0777"),
]


@pytest.mark.parametrize("part", PARTS)
def test_a_bare_host_gets_all_of_it_and_then_nothing(part: str) -> None:
    found = plan(bare(part), part)
    assert (found["refusals"], found["is_empty"], found["openssl"]) == ([], False, True)
    assert plan(converged(part), part)["is_empty"]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PARTS), st.lists(st.tuples(st.sampled_from(range(len(DAMAGES))), st.integers(0, 3)), min_size=1, max_size=4))
def test_planning_on_what_a_plan_makes_is_empty(part: str, damages: list[tuple[int, int]]) -> None:
    seen = converged(part)
    for number, at in damages:
        DAMAGES[number](seen, at % len(seen["certificates"]))
    found = plan(seen, part)
    assert found["refusals"] == []
    again = plan(carry_out(found, seen, CA), part)
    assert again["is_empty"], again["why"]


def test_without_openssl_nothing_is_known_of_keys_and_so_they_stay() -> None:
    seen = converged()
    seen["openssl"] = False
    for path in (SERVER, PEER, ROOT):
        entry(seen, path)["key"]["public"] = ""
    assert plan(seen)["why"] == ["openssl: not installed"]


def test_what_changes_is_said_with_its_reason() -> None:
    assert plan(bare("client"), "client")["why"] == [
        "openssl: not installed",
        "/etc/flannel/etcd: missing, or owner, group or mode are others",
        "/etc/flannel/etcd/ca.crt: not what is to be trusted",
        "/etc/flannel/etcd/client.crt: missing",
    ]
    seen = converged("client")
    entry(seen, "/etc/flannel/etcd/client.crt")["key"].update(mode="0644")
    assert plan(seen, "client")["why"] == ["/etc/flannel/etcd/client.key: not 0640 for flannel and root"]


def test_what_is_asked_of_the_ca_is_what_the_role_desires() -> None:
    found = plan(bare("member"))
    both, names = ["serverAuth", "clientAuth"], ["172.16.0.11", "n1", "n1.example"]
    usual = {"organization": "alicloud-flannel", "days": 1095}
    assert found["requests"] == [
        {**usual, "name": "server", "common_name": "n1", "usages": both, "names": names},
        {**usual, "name": "peer", "common_name": "n1", "usages": both, "names": names},
        {**usual, "name": "root", "common_name": "root", "usages": ["clientAuth"], "names": []},
    ]
    assert [pair["owner"] for pair in found["issue"]] == ["etcd", "etcd", "root"]
    (identity,) = plan(bare("identity"), "identity")["requests"]
    assert (identity["common_name"], identity["names"]) == ("", [])


def test_a_new_name_reissues_what_has_names_and_a_long_host_name_fits() -> None:
    assert reissued(plan(converged(), variables={"names": ["n1", "172.16.0.11", "etcd.example"]})) == ["server", "peer"]
    requests = plan(bare("member"), variables={"host": "n" * 80})["requests"]
    assert [len(request["common_name"]) for request in requests] == [64, 64, 4]


@pytest.mark.parametrize("text", [True, "True"])
def test_numbers_and_truth_may_come_as_text(text: object) -> None:
    assert plan(converged(), variables={"own_ca": text, "renew_days": "90"})["is_empty"]
    assert reissued(plan(converged(), variables={"own_ca": text, "renew_days": 1200})) == ["server", "peer", "root"]


def test_the_ca_is_made_only_where_nobody_has_a_certificate() -> None:
    found = plan(bare("member"), ca=ABSENT)
    assert (found["ca"], found["refusals"]) == ("make", [])
    refused = plan(bare("member"), ca=ABSENT, members=[bare("member"), converged(), {}])
    (text,) = refused["refusals"]
    assert "A new CA would cut them off from each other" in text
    assert "nothing was replaced" in text


@pytest.mark.parametrize("part", ["client", "identity"])
def test_others_need_a_ca(part: str) -> None:
    (text,) = plan(bare(part), part, ca=ABSENT)["refusals"]
    assert text.startswith("There is no CA in /etc/etcd-ca on n1.") and text.endswith("Nothing was changed.")
    assert plan(bare(part), part, ca=ABSENT, check_mode=True)["refusals"] == []


def test_a_roll_over_is_followed_step_by_step() -> None:
    new, seen = make_authority("new CA"), converged()
    both = plan(seen, ca=ca_state(CA, "next", next=new))
    assert (both["trust"]["content"], both["issue"]) == (new.pem + CA.pem, [])
    seen = carry_out(both, seen, CA)
    interrupted = plan(seen, ca=ca_state(CA, "interrupted", next=new))
    assert (interrupted["ca"], interrupted["trust"], interrupted["issue"]) == ("complete", None, [])
    switched = plan(seen, ca=ca_state(new, "previous", previous=CA))
    assert (switched["ca"], switched["trust"], reissued(switched)) == ("", None, ["server", "peer", "root"])
    seen = carry_out(switched, seen, new)
    last = plan(seen, ca=ca_state(new))
    assert (last["trust"]["content"], last["issue"]) == (new.pem, [])
    assert plan(carry_out(last, seen, new), ca=ca_state(new))["is_empty"]


def test_a_provided_ca_is_trusted_as_well() -> None:
    found = plan(converged(), provided={"ca": f"# theirs\n{OTHER.pem}"})
    assert (found["trust"]["content"], found["issue"]) == (CA.pem + OTHER.pem, [])


NAMES = ("n1", "n1.example", "172.16.0.11")


def of_others(name: str = "", names: t.Sequence[str] = NAMES, issuer: Made = OTHER) -> Made:
    return make(name, issuer, begins=NOW - DAY, ends=NOW + 5 * DAY, names=names)


def texts(**pairs: Made) -> dict[str, t.Any]:
    return {"ca": OTHER.pem, **{name: {"cert": made.pem, "key": made.key_pem()} for name, made in pairs.items()}}


OWN = {"server": of_others("n1"), "peer": of_others("n1"), "root": of_others("root", [])}


def provide(seen: Seen, pairs: t.Mapping[str, Made] | None = None, **options: t.Any) -> dict[str, t.Any]:
    return plan(seen, variables={"own_ca": False}, **{"ca": None, "provided": texts(**(pairs or OWN)), **options})


def test_a_provided_certificate_is_stored_and_left_alone() -> None:
    found = provide(bare("member"))
    assert (found["refusals"], found["ca"], [pair["name"] for pair in found["store"]]) == ([], "", ["server", "peer", "root"])
    assert "PRIVATE KEY" not in str(found)
    seen = carry_out(found, bare("member"), CA, OWN)
    assert provide(seen)["is_empty"]
    renewed = {**OWN, "peer": of_others("n1")}
    assert [pair["name"] for pair in provide(seen, renewed)["store"]] == ["peer"]
    # It has another key, but the file of the certificate is as it should be.
    entry(seen, SERVER)["key"]["public"] = CA.public_pem
    assert [pair["name"] for pair in provide(seen)["store"]] == ["server"]
    entry(seen, SERVER)["key"].update(public=OWN["server"].public_pem, mode="0644")
    assert provide(seen)["access"] == [{"path": "/etc/etcd/pki/server.key", "owner": "etcd", "group": "etcd", "mode": "0600"}]


def test_without_a_root_certificate_there_is_none() -> None:
    found = provide(bare("member"), {name: OWN[name] for name in ("server", "peer")})
    assert ([pair["name"] for pair in found["store"]], found["issue"]) == (["server", "peer"], [])


def test_a_root_certificate_may_be_provided_beside_the_roles_ca() -> None:
    found = plan(bare("member"), provided=texts(root=OWN["root"]))
    assert (found["refusals"], reissued(found), [pair["name"] for pair in found["store"]]) == ([], ["server", "peer"], ["root"])


BAD: list[tuple[str, Made, str]] = [
    ("peer", of_others("n1", ["n1"]), "it does not cover 172.16.0.11; it does not cover n1.example"),
    ("server", of_others("flannel"), "its CN is flannel, a user of etcd"),
    ("root", of_others("n1"), "its CN is n1, but etcd's user is root"),
    ("identity", of_others("n1"), "its CN is n1, which etcd's gateway refuses"),
    ("server", of_others("n1", issuer=CA), "no CA in etcd_pki_ca_cert that is valid now has signed it"),
]


@pytest.mark.parametrize(("name", "made", "expected"), BAD)
def test_a_provided_certificate_that_would_not_work_is_refused(name: str, made: Made, expected: str) -> None:
    (text,) = provide(bare("member"), {**OWN, name: made})["refusals"]
    assert text.startswith(f"The certificate provided as etcd_pki_{name}_cert for n1 can't be used: ")
    assert expected in text
    assert text.endswith("Provide a better one. Nothing was changed.")


def test_all_refusals_are_told_at_once() -> None:
    found = provide(bare("member"), {**OWN, "server": of_others("root"), "root": of_others("n1")})
    assert len(found["refusals"]) == 2


def test_a_client_with_a_provided_certificate_needs_no_ca_of_the_role() -> None:
    made = of_others("flannel", [])
    found = plan(bare("client"), "client", ca=None, provided=texts(client=made))
    assert (found["refusals"], found["trust"]["content"], found["issue"]) == ([], OTHER.pem, [])
    assert plan(carry_out(found, bare("client"), CA, {"client": made}), "client", ca=None, provided=texts(client=made))["is_empty"]


def test_members_are_not_cut_off_from_each_other() -> None:
    (text,) = provide(converged())["refusals"]
    assert "members that have restarted would be cut off from those that have not" in text
    seen = converged()
    entry(seen, BUNDLE)["cert"]["pem"] = CA.pem + OTHER.pem
    assert len(provide(seen)["refusals"]) == 1
    both = {**texts(**OWN), "ca": OTHER.pem + CA.pem}
    assert provide(seen, provided=both)["refusals"] == []
    seen = carry_out(provide(seen, provided=both), seen, CA, OWN)
    assert provide(seen)["refusals"] == []


def test_nobody_with_a_certificate_of_the_roles_ca_is_cut_off() -> None:
    clients = {"n2": "", "n3": "n3.crt"}
    (text,) = provide(bare("member"), ca=STABLE, clients=clients)["refusals"]
    assert text.startswith("etcd_pki_ca_cert lacks the role's CA (ca.crt in /etc/etcd-ca on n1), which issued the certificates of: ")
    assert "the modules (etcd_pki_identity_cert), n2 (etcd_pki_client_cert). Provide theirs, too" in text
    both = {**texts(**OWN), "ca": OTHER.pem + CA.pem}
    assert provide(bare("member"), ca=STABLE, clients=clients, provided=both)["refusals"] == []
    assert provide(bare("member"), ca=ABSENT, clients=clients)["refusals"] == []
    everybody = {**OWN, "identity": of_others("", [])}
    assert provide(bare("member"), everybody, ca=STABLE, clients={"n2": "n2.crt"})["refusals"] == []
    assert plan(converged(), clients=clients)["refusals"] == []


@pytest.mark.parametrize("variables", [{"client_cn": "a/b"}, {"client_cn": "-x"}, {"has_members": False}, {"client_cn": ""}])
def test_a_client_needs_a_user_and_members(variables: dict[str, t.Any]) -> None:
    (text,) = plan(bare("client"), "client", ca=None, variables=variables)["refusals"]
    assert "must contain etcd's members. Nothing was changed." in text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda seen: seen.pop("time"),
        lambda seen: seen.update(time="now"),
        lambda seen: seen.update(certificates="x"),
        lambda seen: seen.update(certificates=[{}] * 1000),
        lambda seen: seen["certificates"][0].update(cert=[]),
        lambda seen: seen["certificates"][0]["cert"].update(path="/etc/\n"),
        lambda seen: seen["certificates"][0]["cert"].update(path="/" * 5000),
        lambda seen: seen["certificates"][1]["key"].update(public=7),
        lambda seen: seen["certificates"][1]["cert"].update(pem="x" * 100_000),
        lambda seen: seen.update(folders=None),
    ],
)
def test_an_answer_of_another_form_is_refused(spoil: t.Callable[[Seen], object]) -> None:
    seen = bare("member")
    spoil(seen)
    with pytest.raises(CollectionError, match="does not have the form of the module etcd_pki_info"):
        plan(seen)


def test_a_ca_of_another_form_is_refused() -> None:
    with pytest.raises(CollectionError, match="does not have the form"):
        plan(bare("member"), ca={**STABLE, "phase": "?"})
