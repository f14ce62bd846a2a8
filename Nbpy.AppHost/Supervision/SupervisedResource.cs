namespace Nbpy.AppHost.Supervision;

/// <summary>What the supervisor knows of one instance of a resource.</summary>
/// <param name="resource">The resource.</param>
/// <param name="id">The host's id of the instance.</param>
/// <param name="service">How it is supervised; null: a job, which is only started when it could not be for something it needs.</param>
/// <param name="source">The resource name of what it receives from; null: it is a source, or no matter.</param>
internal sealed class SupervisedResource(IResource resource, string id, SupervisedResource.Policies? service, string? source)
{
    public IResource Resource => resource;

    public string Id => id;

    /// <summary>Null: a job.</summary>
    public Policies? Service => service;

    /// <summary>The resource name of what it receives from.</summary>
    public string? Source => source;

    /// <summary>Starts that the supervisor asked for; in the resource's property <c>restarts</c>.</summary>
    public int Count { get; set; }

    /// <summary>As many of them have been seen to begin.</summary>
    public int Seen { get; set; }

    /// <summary>Lives so far.</summary>
    public int Life { get; set; }

    /// <summary>The last state seen.</summary>
    public string? State { get; set; }

    /// <summary>Cancelled, the restart that waits for its time does not come; null when none waits.</summary>
    public CancellationTokenSource? Pending { get; set; }

    /// <summary>Everything that is under way for it.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>When its health was last asked for.</summary>
    public DateTimeOffset AskedAt { get; set; }

    /// <summary>Somebody stopped it on purpose: its end is wanted.</summary>
    public bool StopWanted { get; set; }

    /// <summary>It did not start for something that it needs: it is started once that is there.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>The two policies of a service.</summary>
    public sealed record Policies(RestartPolicy Restarts, LivenessPolicy Liveness);
}
