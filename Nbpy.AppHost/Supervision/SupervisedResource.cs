namespace Nbpy.AppHost.Supervision;

/// <summary>What the supervisor knows of one instance of a service.</summary>
internal sealed class SupervisedResource(IResource resource, string id, RestartPolicy restarts, LivenessPolicy liveness)
{
    public IResource Resource => resource;

    /// <summary>The host's id of the instance.</summary>
    public string Id => id;

    public RestartPolicy Restarts => restarts;

    public LivenessPolicy Liveness => liveness;

    /// <summary>Restarts so far.</summary>
    public int Count { get; set; }

    /// <summary>The last state seen.</summary>
    public string? State { get; set; }

    /// <summary>A restart is on its way; null when none is.</summary>
    public Task? Restarting { get; set; }

    /// <summary>True once it was stopped on purpose: its end is wanted.</summary>
    public bool StopWanted { get; set; }
}
