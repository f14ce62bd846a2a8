namespace Nbpy.ServiceDefaults.Control;

/// <summary>What a running host says of itself: the answer to <c>GET /status</c> on its control socket.</summary>
/// <param name="Pid">The host's process.</param>
/// <param name="Started">When it was started, UTC.</param>
/// <param name="Config">The configuration file.</param>
/// <param name="Services">Every resource, in the order of the topology.</param>
public sealed record HostStatus(int Pid, DateTimeOffset Started, string Config, IReadOnlyList<ServiceStatus> Services)
{
    /// <summary>The arguments that the host was started with, without <c>--config</c>: what a restart of the whole gives again.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The dashboard, with the token that signs in; null where there is none. Whoever may open the control socket may know it.</summary>
    public string? Dashboard { get; init; }
}

/// <summary>One resource.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">NotStarted, Waiting, Starting, Running, Stopping, Finished, Exited, FailedToStart or Fatal.</param>
/// <param name="Healthy">Null while it does not run.</param>
/// <param name="Reason">What it waits for, why it is not healthy, or why it failed.</param>
/// <param name="Restarts">By the supervisor.</param>
/// <param name="UptimeSeconds">Since its process started; null while it does not run.</param>
/// <param name="Pid">Its process; null while it does not run.</param>
/// <param name="Ports">Its TCP ports by name.</param>
/// <param name="CpuPercent">Of one core, over the last second or so (at first: since its start); null where it cannot be told.</param>
/// <param name="MemoryBytes">Resident; null where it cannot be told.</param>
/// <param name="ExitCode">Of the last run that ended.</param>
/// <param name="MessagesPerSecond">Published or received, between the last two counts (two seconds apart); null for what has no messages.</param>
/// <param name="Lag">Messages received and not yet stored; null for what stores none.</param>
/// <param name="Counters">Everything it counts.</param>
public sealed record ServiceStatus(
    string Name, string State, bool? Healthy, string? Reason, int Restarts, double? UptimeSeconds, int? Pid, IReadOnlyDictionary<string, int> Ports,
    double? CpuPercent, long? MemoryBytes, int? ExitCode, double? MessagesPerSecond, long? Lag, IReadOnlyDictionary<string, long> Counters);

/// <summary>The answer to a command.</summary>
/// <param name="Success">Done.</param>
/// <param name="Message">Why not, with the mend.</param>
public sealed record CommandAnswer(bool Success, string? Message);
