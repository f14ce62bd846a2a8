using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Prints one line per change of a resource's state or health, and the last lines of one that failed.</summary>
internal sealed class StatePrinter(ResourceNotificationService notifications, ResourceLoggerService loggers, TimeProvider time)
{
    private const int LinesOfAFailure = 15;
    private readonly Dictionary<string, string> printed = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
                Print(change);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private void Print(ResourceEvent change)
    {
        var (name, text) = (change.ResourceId, Text(change.Snapshot));
        if (text is null || (printed.TryGetValue(name, out var before) && before == text))
            return;
        var wanted = before == KnownResourceStates.Stopping;
        printed[name] = text;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():HH:mm:ss.fff}  {name,-28} {text}"));
        var failed = change.Snapshot.State?.Text == KnownResourceStates.FailedToStart || change.Snapshot.ExitCode is not (null or 0);
        if (failed && !wanted && !loggers.IsWatched(name))
            foreach (var line in loggers.Last(name, LinesOfAFailure))
                Console.WriteLine($"              {name,-28} | {line.Content}");
    }

    private static string? Text(CustomResourceSnapshot snapshot)
    {
        string? Property(string name) => snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value?.ToString();
        var state = snapshot.State?.Text;
        if (state is null)
            return null;
        if (state == KnownResourceStates.Waiting)
            return $"Waiting    for {Property("waiting.for")}";
        if (state == KnownResourceStates.FailedToStart)
            return $"Failed     {Property("error")}";
        if (state == KnownResourceStates.Finished || state == KnownResourceStates.Exited)
            return $"{state,-10} exit code {snapshot.ExitCode}";
        if (state != KnownResourceStates.Running)
            return Property("progress") is { } progress ? $"{state,-10} {progress}" : state;
        var reason = snapshot.HealthReports.FirstOrDefault(r => r.Status is not (null or Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy))?.Description;
        if (snapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy)
            return snapshot.HealthReports.Length > 0 ? "Healthy" : $"Running    pid {Property("pid")}";
        return Property("was.healthy") is null ? $"Running    pid {Property("pid")}" : $"Unhealthy  {reason}";
    }
}
