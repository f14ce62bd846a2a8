namespace Nbpy.Hosting;

/// <summary>What the application was started to do.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>Run it.</summary>
    Run,

    /// <summary>Write its manifests.</summary>
    Publish,
}

/// <summary>What the application was started to do.</summary>
public sealed class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>The folder of the app host's project.</summary>
    internal string AppHostDirectory { get; init; } = Environment.CurrentDirectory;

    /// <summary>True when running.</summary>
    public bool IsRunMode => operation == DistributedApplicationOperation.Run;

    /// <summary>True when publishing.</summary>
    public bool IsPublishMode => operation == DistributedApplicationOperation.Publish;
}
