using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal.Containers;

/// <summary>What the containers of one application share: the runtime, the names, the network. Configuration: <c>Nbpy:ContainerRuntime</c>
/// (a name or path; or Aspire's <c>ASPIRE_CONTAINER_RUNTIME</c>), <c>Nbpy:ContainerRuntimeTimeoutSeconds</c> (30; for a short answer),
/// <c>Nbpy:ImageTimeoutSeconds</c> (900; for a pull or a build).</summary>
internal sealed class ContainerHost(IConfiguration configuration, IReadOnlyList<ContainerResource> containers, string folder, TimeProvider time)
{
    /// <summary>Labels of what this host made.</summary>
    public const string OwnerLabel = "nbpy.apphost";
    public const string ResourceLabel = "nbpy.resource";
    public const string ConfigLabel = "nbpy.config";
    private readonly SemaphoreSlim gate = new(1);
    private readonly Lazy<ContainerCli?> cli = new(() => ContainerCli.Find(configuration["Nbpy:ContainerRuntime"] ?? configuration["ASPIRE_CONTAINER_RUNTIME"]));
    private bool hasNetwork;

    /// <summary>The app host's folder: whose the containers are.</summary>
    public string Owner => folder;

    public TimeProvider Time => time;

    /// <summary>How long the runtime may take for a short answer.</summary>
    public TimeSpan Limit { get; } = Seconds(configuration, "Nbpy:ContainerRuntimeTimeoutSeconds", 30);

    /// <summary>How long a pull or a build may take.</summary>
    public TimeSpan ImageLimit { get; } = Seconds(configuration, "Nbpy:ImageTimeoutSeconds", 900);

    /// <exception cref="DistributedApplicationException">There is none.</exception>
    public ContainerCli Cli => cli.Value
        ?? throw new DistributedApplicationException("There is no container runtime (docker or podman) on the PATH; install one, name one with ASPIRE_CONTAINER_RUNTIME, or choose the embedded part.");

    /// <summary>Eight digits that are the same for every run of this app host.</summary>
    public string Suffix { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..8];

    public string Network => $"nbpy-{Suffix}";

    public string NameOf(IResource container) => container.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name ?? $"nbpy-{container.Name}-{Suffix}";

    public static bool IsPersistent(IResource container) =>
        container.Annotations.OfType<ContainerLifetimeAnnotation>().LastOrDefault()?.Lifetime == ContainerLifetime.Persistent;

    /// <summary>The resources whose containers of an earlier run are still there; none when the runtime does not say.</summary>
    public async Task<IReadOnlySet<string>> OwnNamesAsync(CancellationToken cancellationToken)
    {
        if (containers.Count == 0 || cli.Value is not { } runtime)
            return new HashSet<string>();
        try
        {
            var listed = await runtime.RunAsync(
                Limit, ["ps", "--all", "--filter", $"label={OwnerLabel}={folder}", "--format", $"{{{{.Label \"{ResourceLabel}\"}}}}"], cancellationToken).ConfigureAwait(false);
            return listed.Success ? listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.OrdinalIgnoreCase) : new HashSet<string>();
        }
        catch (DistributedApplicationException)
        {
            // It does not answer: every container's own start says so.
            return new HashSet<string>();
        }
    }

    /// <summary>A persistent container that is there keeps the ports that the system chose for it.</summary>
    public async Task KeepPortsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var open = resource.Annotations.OfType<EndpointAnnotation>().Where(e => e is { Port: null, AllocatedPort: null }).ToList();
        if (resource is not ContainerResource || !IsPersistent(resource) || open.Count == 0 || cli.Value is not { } runtime)
            return;
        try
        {
            var found = await runtime.RunAsync(Limit, ["container", "inspect", "--format", "{{json .HostConfig.PortBindings}}", NameOf(resource)], cancellationToken).ConfigureAwait(false);
            if (!found.Success)
                return;
            using var bindings = JsonDocument.Parse(found.Output);
            foreach (var endpoint in open)
                if (bindings.RootElement.TryGetProperty(string.Create(CultureInfo.InvariantCulture, $"{endpoint.TargetPort}/tcp"), out var binding)
                    && int.TryParse(binding[0].GetProperty("HostPort").GetString(), CultureInfo.InvariantCulture, out var port) && port > 0)
                    endpoint.AllocatedPort = port;
        }
        catch (Exception e) when (e is DistributedApplicationException or JsonException)
        {
            // It does not answer, or not as expected: new ports are chosen, and the start says what is wrong.
        }
    }

    /// <summary>The network on which the application's containers find each other by their resources' names.</summary>
    /// <exception cref="DistributedApplicationException">It cannot be made.</exception>
    public async Task EnsureNetworkAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (hasNetwork)
                return;
            if (!(await Cli.RunAsync(Limit, ["network", "inspect", "--format", "{{.Name}}", Network], cancellationToken).ConfigureAwait(false)).Success)
            {
                var made = await Cli.RunAsync(Limit, ["network", "create", "--label", $"{OwnerLabel}={folder}", Network], cancellationToken).ConfigureAwait(false);
                if (!made.Success)
                    throw new DistributedApplicationException($"The network {Network} for the containers cannot be made: {made.Reason}. Mend it with '{Cli.Name} network ls' and '{Cli.Name} network prune'.");
            }

            hasNetwork = true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Takes the network away, unless a container that lives on needs it.</summary>
    public async Task RemoveNetworkAsync()
    {
        if (!hasNetwork || containers.Any(IsPersistent))
            return;
        try
        {
            var removed = await Cli.RunAsync(Limit, ["network", "rm", Network], CancellationToken.None).ConfigureAwait(false);
            if (!removed.Success)
                Console.WriteLine($"The network {Network} stays: {removed.Reason}");
        }
        catch (DistributedApplicationException e)
        {
            Console.WriteLine($"The network {Network} stays: {e.Message}");
        }
    }

    private static TimeSpan Seconds(IConfiguration configuration, string key, double fallback) =>
        configuration[key] is not { Length: > 0 } text ? TimeSpan.FromSeconds(fallback)
        : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds)
        : throw new DistributedApplicationException($"{key} is '{text}': a number of seconds is wanted, more than 0.");
}
