using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Nbpy.Hosting.ApplicationModel;

/// <summary>The states that resources go through.</summary>
public static class KnownResourceStates
{
    public static readonly string NotStarted = "NotStarted";
    public static readonly string Waiting = "Waiting";
    public static readonly string Starting = "Starting";
    public static readonly string Running = "Running";
    public static readonly string RuntimeUnhealthy = "RuntimeUnhealthy";
    public static readonly string Stopping = "Stopping";
    public static readonly string Exited = "Exited";
    public static readonly string Finished = "Finished";
    public static readonly string FailedToStart = "FailedToStart";

    /// <summary>The states that end a run.</summary>
    public static readonly IReadOnlyList<string?> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>A state's text and style.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    /// <summary>A state without style.</summary>
    public static implicit operator ResourceStateSnapshot?(string? text) => text is null ? null : new(text, null);
}

/// <summary>A named value shown with a resource.</summary>
public sealed record ResourcePropertySnapshot(string Name, object? Value);

/// <summary>The last answer of one health check.</summary>
public sealed record HealthReportSnapshot(string Name, HealthStatus? Status, string? Description, string? ExceptionText);

/// <summary>What is known of a resource at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    /// <summary>Project, Executable, Container, …</summary>
    public required string ResourceType { get; init; }

    /// <summary>Named values: pid, path, what it waits for.</summary>
    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>See <see cref="KnownResourceStates"/>.</summary>
    public ResourceStateSnapshot? State { get; init; }

    /// <summary>Set when a process has ended.</summary>
    public int? ExitCode { get; init; }

    /// <summary>When it was started.</summary>
    public DateTime? StartTimeStamp { get; init; }

    /// <summary>When it ended.</summary>
    public DateTime? StopTimeStamp { get; init; }

    /// <summary>The last answers of its health checks.</summary>
    public ImmutableArray<HealthReportSnapshot> HealthReports { get; init; } = [];

    /// <summary>Its ready event has been dealt with.</summary>
    internal bool IsReady { get; init; }

    /// <summary>Why a callback of its ready event failed.</summary>
    internal string? ReadyFailure { get; init; }

    /// <summary>Null while it does not run; healthy without health checks.</summary>
    public HealthStatus? HealthStatus => State?.Text != KnownResourceStates.Running
        ? null
        : HealthReports.Length == 0
            ? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy
            : HealthReports.Min(r => r.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy);
}

/// <summary>A resource's snapshot, new.</summary>
public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    /// <summary>Whose.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>Its id: its name, or with replicas the instance's own (<c>NAME-1</c>, …).</summary>
    public string ResourceId { get; } = resourceId;

    /// <summary>The snapshot.</summary>
    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

/// <summary>One line that a resource printed.</summary>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);

/// <summary>The resources of the application.</summary>
public sealed class DistributedApplicationModel(IResourceCollection resources)
{
    /// <summary>All of them, in the order they were added.</summary>
    public IResourceCollection Resources { get; } = resources;
}
