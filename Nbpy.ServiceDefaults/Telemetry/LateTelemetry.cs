namespace Nbpy.ServiceDefaults.Telemetry;

/// <summary>Starts the metrics and traces of a service a few seconds after the service, where somebody wants them: fifteen services that start
/// at once on a small machine have their data to bring into flow first. Counters count from the start all the same; histograms and
/// spans begin with the delay's end.</summary>
internal sealed class LateTelemetry : IDisposable
{
    /// <summary>How long after the service.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(6);

    private readonly Lock gate = new();
    private readonly ITimer timer;
    private ServiceTelemetry? telemetry;
    private bool ended;

    private LateTelemetry(string name, IService service, TimeProvider time) => timer = time.CreateTimer(
        _ =>
        {
            lock (gate)
                if (!ended)
                    telemetry = ServiceTelemetry.Start(name, service, time);
        },
        null, Delay, Timeout.InfiniteTimeSpan);

    /// <summary>Sets the start; null where nobody wants telemetry.</summary>
    public static LateTelemetry? Start(string name, IService service, TimeProvider time) => ServiceTelemetry.IsWanted ? new LateTelemetry(name, service, time) : null;

    /// <summary>Sends the last and ends; where it has not begun, it never will.</summary>
    public void Dispose()
    {
        timer.Dispose();
        lock (gate)
        {
            ended = true;
            telemetry?.Dispose();
        }
    }
}
