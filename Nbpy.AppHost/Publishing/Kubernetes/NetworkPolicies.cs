using System.Net;
using System.Net.Sockets;
using k8s;
using k8s.Models;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>Who may speak to whom: nobody, but for the topology's own ways.</summary>
internal static class NetworkPolicies
{
    /// <summary>All policies.</summary>
    /// <param name="workloads">The system.</param>
    /// <param name="outside">Parts that somebody else runs.</param>
    public static IEnumerable<IKubernetesObject<V1ObjectMeta>> Of(IReadOnlyList<Workload> workloads, IReadOnlyList<OutsideAddress> outside)
    {
        // Nothing in, nothing out; then what each needs.
        yield return Policy("nbpy-default-deny", KubernetesNames.System, ingress: [], egress: []);

        // Out: names, and each other. Whether the other one opens its door is its own policy.
        yield return Policy("nbpy-inside", KubernetesNames.System, ingress: null, egress:
        [
            new V1NetworkPolicyEgressRule { To = [System()] },
            new V1NetworkPolicyEgressRule
            {
                To = [new V1NetworkPolicyPeer { NamespaceSelector = new V1LabelSelector() }],
                Ports = [Port("UDP", 53), Port("TCP", 53)],
            },
        ]);
        foreach (var workload in workloads.Where(w => !w.IsJob))
        {
            var ports = workload.Ports.Select(p => Port("TCP", p.Number)).ToList();
            yield return Policy("nbpy-to-" + workload.Name, KubernetesNames.Selector(workload.Name), egress: null, ingress:
            [
                new V1NetworkPolicyIngressRule { FromProperty = CallersOf(workload) is { } callers ? [Components(callers)] : null, Ports = ports },
            ]);
            if (workload.VenuePorts.Count > 0)
                yield return Policy($"nbpy-from-{workload.Name}-to-venue", KubernetesNames.Selector(workload.Name), ingress: null, egress:
                [
                    new V1NetworkPolicyEgressRule { To = [.. Anywhere()], Ports = [.. workload.VenuePorts.Select(p => Port("TCP", p))] },
                ]);
        }

        // A policy knows addresses, not names: what has a name may be anywhere, within the cluster too.
        foreach (var (part, host, port) in outside)
        {
            var policy = Policy($"nbpy-to-external-{part}", KubernetesNames.System, ingress: null, egress:
            [
                new V1NetworkPolicyEgressRule
                {
                    To = IPAddress.TryParse(host, out var address)
                        ? [Block($"{address}/{(address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32)}")]
                        : [.. Anywhere(), new V1NetworkPolicyPeer { NamespaceSelector = new V1LabelSelector() }],
                    Ports = [Port("TCP", port)],
                },
            ]);
            policy.Spec.PodSelector.MatchExpressions =
                [new V1LabelSelectorRequirement { Key = KubernetesNames.Component, OperatorProperty = "In", Values = ["subscriber", "dashboards", "job"] }];
            yield return policy;
        }
    }

    /// <summary>Components that speak to a workload, or wait for it; null: anybody. The dashboards are what people see, behind their password.</summary>
    private static string[]? CallersOf(Workload workload) => workload.Component switch
    {
        "dashboards" => null,
        "store" => ["subscriber", "dashboards", "job"],
        "publisher" => ["subscriber", "filter", "job"],
        _ => ["publisher", "subscriber", "filter", "job"],
    };

    private static V1NetworkPolicyPeer Components(string[] components) => new()
    {
        PodSelector = new V1LabelSelector
        {
            MatchLabels = KubernetesNames.System,
            MatchExpressions = [new V1LabelSelectorRequirement { Key = KubernetesNames.Component, OperatorProperty = "In", Values = components }],
        },
    };

    private static V1NetworkPolicyPeer[] Anywhere() => [Block("0.0.0.0/0"), Block("::/0")];

    private static V1NetworkPolicyPeer Block(string addresses) => new() { IpBlock = new V1IPBlock { Cidr = addresses } };

    private static V1NetworkPolicy Policy(string name, Dictionary<string, string> pods, IList<V1NetworkPolicyIngressRule>? ingress, IList<V1NetworkPolicyEgressRule>? egress) => new()
    {
        ApiVersion = "networking.k8s.io/v1",
        Kind = "NetworkPolicy",
        Metadata = new V1ObjectMeta { Name = name, Labels = KubernetesNames.System },
        Spec = new V1NetworkPolicySpec
        {
            PodSelector = new V1LabelSelector { MatchLabels = pods },
            PolicyTypes = [.. ingress is null ? [] : (string[])["Ingress"], .. egress is null ? [] : (string[])["Egress"]],
            Ingress = ingress is { Count: > 0 } ? ingress : null,
            Egress = egress is { Count: > 0 } ? egress : null,
        },
    };

    private static V1NetworkPolicyPeer System() => new() { PodSelector = new V1LabelSelector { MatchLabels = KubernetesNames.System } };

    private static V1NetworkPolicyPort Port(string protocol, int port) => new() { Protocol = protocol, Port = port };
}
