using System.Globalization;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>A part that somebody else runs, outside the system: a store, Grafana.</summary>
/// <param name="Part">What it is: <c>store</c> or <c>dashboards</c>.</param>
/// <param name="Host">A name or an IP address.</param>
/// <param name="Port">TCP.</param>
internal sealed record OutsideAddress(string Part, string Host, int Port)
{
    /// <summary>Those that the services of <paramref name="file"/> are told of and that are no services themselves.</summary>
    public static IReadOnlyList<OutsideAddress> In(ComposeFile file) =>
        [.. file.Services.Values.SelectMany(s => (OutsideAddress?[])[Of("store", "INFLUXDB", s), Of("dashboards", "GRAFANA", s)])
            .OfType<OutsideAddress>().Where(a => !file.Services.ContainsKey(a.Host)).Distinct().OrderBy(a => a.Part, StringComparer.Ordinal)];

    private static OutsideAddress? Of(string part, string variable, Service service) =>
        service.Environment.GetValueOrDefault(variable + "_HOST") is { Length: > 0 } host
        && int.TryParse(service.Environment.GetValueOrDefault(variable + "_PORT"), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new OutsideAddress(part, host, port) : null;
}
