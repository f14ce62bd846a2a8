namespace Nbpy.Hosting.Internal;

/// <summary>A started instance: a process, or a container of the machine's runtime.</summary>
internal interface IRunning : IDisposable
{
    /// <summary>The process that stands for it.</summary>
    int Id { get; }

    /// <summary>The exit code, once it has ended and its last line is read; null when it was left running.</summary>
    Task<int?> Exit { get; }

    /// <summary>Asks it to end.</summary>
    void Terminate();

    /// <summary>Ends it.</summary>
    void Kill();

    /// <summary>Lets it live on after the host; false when it is not one that does.</summary>
    bool Leave();
}
