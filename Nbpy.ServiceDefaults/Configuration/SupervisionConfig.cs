namespace Nbpy.ServiceDefaults.Configuration;

/// <summary><c>supervision</c> (new here), for the whole system, and on a publisher or subscriber for itself: what happens when a service
/// dies or no longer does its work. Times in seconds.</summary>
public sealed record SupervisionConfig
{
    /// <summary>False: what dies stays dead.</summary>
    public bool Restart { get; init; } = true;

    /// <summary>Wait before the first restart; it doubles with every further one.</summary>
    public double InitialBackoff { get; init; } = 1;

    /// <summary>The longest wait.</summary>
    public double MaxBackoff { get; init; } = 30;

    /// <summary>Running for so long makes the next wait the first again.</summary>
    public double StableAfter { get; init; } = 60;

    /// <summary>Most restarts within <see cref="Window"/>; then the service is fatal until somebody starts it.</summary>
    public int MaxRestarts { get; init; } = 5;

    /// <summary>The time in which restarts are counted.</summary>
    public double Window { get; init; } = 600;

    /// <summary>A health endpoint that has not answered for so long means a restart; 0: never.</summary>
    public double LivenessTimeout { get; init; } = 15;

    /// <summary>A process whose health endpoint has not answered once since its start may take so long, where that is more than
    /// <see cref="LivenessTimeout"/>; 0: it is not judged before its first answer.</summary>
    public double StartTimeout { get; init; } = 60;

    /// <summary>No data for so long means a restart; 0: never. Null: <see cref="DefaultSilence"/> where silence means a fault, never elsewhere.</summary>
    public double? SilenceTimeout { get; init; }

    /// <summary>Seconds of silence that mean a fault, where nothing is configured: of a publisher whose market never rests (Kraken's ticker and
    /// book), and of a subscriber or filter whose publisher publishes.</summary>
    public const double DefaultSilence = 60;
}
