namespace Nbpy.Dashboard.Model;

/// <summary>One resource as the pages show it.</summary>
public sealed record ResourceView
{
    /// <summary>Its name, unique without regard to case.</summary>
    public required string Name { get; init; }

    /// <summary>Project, Executable, Container, Parameter, ….</summary>
    public required string Type { get; init; }

    /// <summary>The state's text: Running, Waiting, Finished, FailedToStart, Fatal, ….</summary>
    public required string State { get; init; }

    /// <summary>Why it is in this state: what it waits for, why it did not start; null when there is nothing to say.</summary>
    public string? StateReason { get; init; }

    /// <summary>The answers of its health checks taken together; null while there is nothing to check.</summary>
    public ResourceHealth? Health { get; init; }

    /// <summary>Each health check's last answer.</summary>
    public IReadOnlyList<HealthReportView> HealthReports { get; init; } = [];

    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The last run's exit code.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Restarts since the host started.</summary>
    public int Restarts { get; init; }

    /// <summary>Process id, while it runs.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Where it comes from: project file, image, command.</summary>
    public string? Source { get; init; }

    /// <summary>Arguments, secrets replaced by the host.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables that the host sets.</summary>
    public IReadOnlyList<EnvironmentVariableView> Environment { get; init; } = [];

    /// <summary>Addresses it listens on.</summary>
    public IReadOnlyList<UrlView> Urls { get; init; } = [];

    /// <summary>Volumes and bind mounts of a container.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>What it waits for or refers to.</summary>
    public IReadOnlyList<RelationshipView> Relationships { get; init; } = [];

    /// <summary>Anything else worth showing, by name.</summary>
    public IReadOnlyList<PropertyView> Properties { get; init; } = [];

    /// <summary>What can be done with it.</summary>
    public IReadOnlyList<CommandView> Commands { get; init; } = [];

    /// <summary>True for what belongs to the host itself: shown only on request.</summary>
    public bool IsHidden { get; init; }
}
