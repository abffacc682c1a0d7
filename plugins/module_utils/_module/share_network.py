# Copyright (c) 2026, the unified.storage authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to unified.storage: may change at any time.

"""share_network and share_network_subnet: where share servers get their addresses. Pure.

A network is made with one subnet. Further ones, and that of one availability
zone, are share_network_subnet's.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.unified.storage.plugins.module_utils._api.backend import Resource
from ansible_collections.unified.storage.plugins.module_utils._engine.plan import Plan, Step, Until
from ansible_collections.unified.storage.plugins.module_utils._engine.run import Behaviour
from ansible_collections.unified.storage.plugins.module_utils._engine.world import Want, World, describe
from ansible_collections.unified.storage.plugins.module_utils._errors import Ambiguous, Conflict, Invalid
from ansible_collections.unified.storage.plugins.module_utils._module.common import (
    Params,
    as_text,
    check_alive,
    check_status,
    find_renamed,
    looks_like_id,
    metadata_steps,
    missing_id,
    reference,
    text_steps,
    until,
    until_gone,
    wait_for,
)

NETWORK = "share_network"
SUBNET = "share_network_subnet"
NEUTRON = ("neutron_net_id", "neutron_subnet_id")


def check_neutron(params: Params) -> None:
    """Raises Invalid where one of the two is given: the service takes both or none."""
    given = [name for name in NEUTRON if params.get(name)]
    if len(given) == 1:
        raise Invalid("neutron_net_id and neutron_subnet_id belong together: give both or none.")


class ShareNetwork(Behaviour):
    """The module share_network."""

    kind = NETWORK

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        return [Want.of(NETWORK, params[option]) for option in ("name", "new_name") if params.get(option)]

    def plan(self, params: Params, world: World) -> Plan:
        network = find_renamed(NETWORK, params, world)
        if params["state"] == "absent":
            return self._absent(network)
        check_neutron(params)
        if network is None:
            return self._create(params)
        check_alive(NETWORK, network)
        steps: t.List[Step] = []
        if network["status"] != "active":
            steps.append(wait_for(NETWORK, network, until("active")))
        steps.extend(text_steps(NETWORK, network, params, {"new_name": "name", "description": "description"}))
        steps.extend(self._neutron(params, network))
        return Plan(NETWORK, network, steps)

    @staticmethod
    def _neutron(params: Params, network: Resource) -> t.List[Step]:
        """Bring the first subnet to what it is in Neutron, which the service can only where it serves all zones."""
        wanted = {name: params[name] for name in NEUTRON if params.get(name)}
        if not wanted:
            return []
        zone = params.get("availability_zone") or None
        meant = [s for s in network["share_network_subnets"] if (s["availability_zone"] or None) == zone]
        if any(all(subnet[name] == value for name, value in wanted.items()) for subnet in meant):
            return []
        target = describe(NETWORK, network, None)
        default = [subnet for subnet in meant if not zone]
        if len(default) != 1:
            raise Conflict(
                "%s has no subnet in Neutron's subnet %s, and none that could be moved there. "
                "Use share_network_subnet." % (target, wanted["neutron_subnet_id"]),
                resource=reference(NETWORK, network),
            )
        changes = {name: (default[0][name], value) for name, value in wanted.items() if default[0][name] != value}
        return [
            Step(NETWORK, "update", target, "%s differ" % ", ".join(sorted(changes)), wanted, changes),
        ]

    @staticmethod
    def _create(params: Params) -> Plan:
        if looks_like_id(params["name"]):
            raise missing_id(NETWORK, params["name"])
        name = params.get("new_name") or params["name"]
        options = ("description", "availability_zone", *NEUTRON)
        args = {"name": name, **{option: params[option] for option in options if params.get(option) is not None}}
        step = Step(
            NETWORK,
            "create",
            describe(NETWORK, None, name),
            "it does not exist",
            args,
            {"state": ("absent", "present"), **{k: (None, v) for k, v in args.items()}},
            until=until("active"),
            makes=True,
            undo=lambda seen: "delete" if seen is not None and seen["status"] == "error" else None,
        )
        return Plan(NETWORK, None, [step])

    @staticmethod
    def _absent(network: t.Optional[Resource]) -> Plan:
        if network is None:
            return Plan(NETWORK, None)
        target = describe(NETWORK, network, None)
        if len(network["share_network_subnets"]) > 1:
            raise Conflict(
                "%s has %d subnets: a share network is deleted with one subnet or none. "
                "Remove the others with share_network_subnet." % (target, len(network["share_network_subnets"])),
                resource=reference(NETWORK, network),
            )
        changes = {"state": ("present", "absent")}
        return Plan(NETWORK, network, [Step(NETWORK, "delete", target, "it exists", {}, changes, until=until_gone())])


class ShareNetworkSubnet(Behaviour):
    """The module share_network_subnet.

    A subnet has no name: it is known by its place, which is the availability
    zone that it serves and what it is in Neutron.
    """

    kind = SUBNET

    def wants(self, params: Params, world: World) -> t.Iterable[Want]:
        wants = [Want.of(NETWORK, params["share_network"])]
        if world.knows(wants[0]):
            network = world.find(NETWORK, params["share_network"])
            if network is not None:
                wants.append(Want.of(SUBNET, share_network_id=network["id"]))
        return wants

    def plan(self, params: Params, world: World) -> Plan:
        network = world.find(NETWORK, params["share_network"])
        if network is None and params["state"] == "absent":
            return Plan(SUBNET, None)
        network = world.need(NETWORK, params["share_network"])
        check_neutron(params)
        subnet = self._find(params, network, world)
        place = self._say(params, network)
        scope = {"share_network_id": network["id"]}
        if params["state"] == "absent":
            if subnet is None:
                return Plan(SUBNET, None)
            return Plan(
                SUBNET,
                subnet,
                [
                    Step(
                        SUBNET,
                        "delete",
                        place,
                        "it exists",
                        scope,
                        {"state": ("present", "absent")},
                        scope=scope,
                        until=until_gone_from_list(),
                    )
                ],
            )
        if subnet is None:
            return self._create(params, network, place, scope)
        steps = metadata_steps(SUBNET, subnet, params)
        return Plan(
            SUBNET,
            subnet,
            [replace(step, args={**step.args, **scope}, scope=scope, target=place) for step in steps],
        )

    @staticmethod
    def _find(params: Params, network: Resource, world: World) -> t.Optional[Resource]:
        subnets = world.all(SUBNET, share_network_id=network["id"])
        if params.get("id"):
            found = next((subnet for subnet in subnets if subnet["id"] == params["id"]), None)
            if found is None and params["state"] == "present":
                raise missing_id(SUBNET, params["id"])
            return found
        given = {name: params[name] for name in NEUTRON if params.get(name)}
        matches = [
            subnet
            for subnet in subnets
            if (subnet["availability_zone"] or None) == (params.get("availability_zone") or None)
            and all(subnet[name] == value for name, value in given.items())
        ]
        if len(matches) > 1:
            raise Ambiguous(
                "%s has %d subnets like that: %s. Give the id."
                % (describe(NETWORK, network, None), len(matches), ", ".join(sorted(m["id"] for m in matches))),
                resource=reference(NETWORK, network),
            )
        return matches[0] if matches else None

    @staticmethod
    def _say(params: Params, network: Resource) -> str:
        if params.get("id"):
            which = params["id"]
        else:
            zone = params.get("availability_zone")
            which = "for availability zone %s" % zone if zone else "for all availability zones"
            if params.get("neutron_subnet_id"):
                which += " in Neutron's subnet %s" % params["neutron_subnet_id"]
        return "share network subnet %s of %s" % (which, describe(NETWORK, network, None))

    @staticmethod
    def _create(params: Params, network: Resource, place: str, scope: t.Mapping[str, t.Any]) -> Plan:
        check_status(NETWORK, "add a subnet", network, ("active",))
        options = ("availability_zone", *NEUTRON)
        given = {option: params[option] for option in options if params.get(option) is not None}
        metadata = as_text(params.get("metadata"))
        after = {**given, **({"metadata": metadata} if metadata else {})}
        before = {subnet["id"] for subnet in network["share_network_subnets"]}
        step = Step(
            SUBNET,
            "create",
            place,
            "it does not exist",
            {**after, **scope},
            {"state": ("absent", "present"), **{k: (None, v) for k, v in {**scope, **after}.items()}},
            scope=scope,
            # Share servers that run already get new addresses: then the network changes for a while.
            watch=(NETWORK, network["id"]),
            until=until("active"),
            makes=True,
            mine=lambda seen: seen["id"] not in before and all(seen[k] == v for k, v in given.items()),
        )
        return Plan(SUBNET, None, [step])


def until_gone_from_list() -> Until:
    """Over when it is gone. A subnet has no status that could say otherwise."""
    return replace(until_gone(), failed=lambda seen: None)
