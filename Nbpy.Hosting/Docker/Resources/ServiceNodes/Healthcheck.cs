namespace Nbpy.Hosting.Docker.Resources.ServiceNodes;

/// <summary>How the engine asks a container for its health. Durations in Compose's spelling (<c>10s</c>).</summary>
public sealed class Healthcheck
{
    public List<string> Test { get; set; } = [];
    public required string Interval { get; set; }
    public required string Timeout { get; set; }
    public int? Retries { get; set; }
    public required string StartPeriod { get; set; }
}
