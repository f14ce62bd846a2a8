namespace Nbpy.Hosting.Docker.Resources.ComposeNodes;

/// <summary>When a dependency is met.</summary>
public sealed class ServiceDependency
{
    /// <summary><c>service_started</c>, <c>service_healthy</c> or <c>service_completed_successfully</c>.</summary>
    public string? Condition { get; set; }
}
