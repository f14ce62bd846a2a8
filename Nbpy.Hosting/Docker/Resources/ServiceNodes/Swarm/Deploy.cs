namespace Nbpy.Hosting.Docker.Resources.ServiceNodes.Swarm;

/// <summary>How much a service may take, and how many of it run.</summary>
public sealed class Deploy
{
    public int? Replicas { get; set; }
    public Resources? Resources { get; set; }
}

/// <summary>Limits and reservations.</summary>
public sealed class Resources
{
    public ResourceSpec? Limits { get; set; }
    public ResourceSpec? Reservations { get; set; }
}

/// <summary>An amount of the machine.</summary>
public sealed class ResourceSpec
{
    /// <summary>Cores, as <c>0.5</c>.</summary>
    public string? Cpus { get; set; }

    /// <summary>Memory, as <c>256M</c>.</summary>
    public string? Memory { get; set; }
}
