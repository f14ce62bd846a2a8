using System.Globalization;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>A service of the topology, as its manifests need it.</summary>
/// <param name="Service">The Compose service that says everything.</param>
/// <param name="Component">publisher, subscriber, filter, store, dashboards or job.</param>
/// <param name="DiskBytes">Size of the volume that it asks for; 0: none.</param>
/// <param name="VenuePorts">Ports outside the cluster that it connects to.</param>
internal sealed record Workload(Service Service, string Component, long DiskBytes, IReadOnlyList<int> VenuePorts)
{
    public string Name => Service.Name;

    /// <summary>The image; a program of the user's own, whose image Compose asks for in <c>.env</c>, takes its own name: the kustomization maps it.</summary>
    public string Image => PodEnvironment.WithDefaults(Service.Image!) is { Length: > 0 } image ? image : $"{Name}:latest";

    /// <summary>Runs once.</summary>
    public bool IsJob => Component == "job";

    /// <summary>One of NBPY's own programs: it needs nothing of its image but the program.</summary>
    public bool IsOurs => Service.ReadOnly == true;

    /// <summary>Ports inside the container, by name.</summary>
    public IEnumerable<(string Name, int Number)> Ports => Service.Expose.Concat(Service.Ports).Select(Inside).Distinct().Select(p => (NameOf(p), p));

    /// <summary>The first port inside.</summary>
    public static int FirstPort(Service service) => service.Expose.Concat(service.Ports).Select(Inside).First();

    private static int Inside(string port) => int.Parse(port[(port.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    private string NameOf(int port) => port == ContainerPaths.HealthPort ? "health" : Component switch
    {
        "store" or "dashboards" => "http",
        _ => string.Create(CultureInfo.InvariantCulture, $"tcp-{port}"),
    };
}
