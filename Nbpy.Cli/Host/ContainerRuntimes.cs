namespace Nbpy.Cli.Host;

/// <summary>Which container runtimes are tried, by the app host's rule.</summary>
internal static class ContainerRuntimes
{
    /// <summary>The one asked for (<c>Nbpy__ContainerRuntime</c> or <c>ASPIRE_CONTAINER_RUNTIME</c>: a name or a path); null: none was.</summary>
    public static string? Asked { get; } =
        (Environment.GetEnvironmentVariable("Nbpy__ContainerRuntime") ?? Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME")) is { Length: > 0 } asked ? asked : null;

    /// <summary>In the order in which they are tried.</summary>
    public static IReadOnlyList<string> Tried { get; } = Asked is null ? ["docker", "podman"] : [Asked];
}
