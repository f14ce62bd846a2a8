namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>What a pod waits for before its program starts: the topology's edges as arguments of <c>nbpy wait</c>. Kubernetes itself starts
/// everything at once.</summary>
internal static class StartConditions
{
    /// <summary>Arguments of <c>nbpy wait</c>; empty when there is nothing to wait for.</summary>
    public static IReadOnlyList<string> Of(Service service, IReadOnlyDictionary<string, Service> all) =>
        [.. service.DependsOn.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => Condition(d.Key, all[d.Key])).Distinct()];

    private static string Condition(string name, Service waitedFor) => name switch
    {
        // A job's pod is gone when it has done its work: what it made is asked for.
        "influxdb-setup" => "store",
        "grafana-setup" => "dashboards",
        "influxdb" => $"http://{name}:{Workload.FirstPort(waitedFor)}/ping",
        "grafana" => $"http://{name}:{Workload.FirstPort(waitedFor)}/api/health",
        _ => $"http://{name}:{ContainerPaths.HealthPort}/health",
    };
}
