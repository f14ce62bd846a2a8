using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Polls the health checks of one instance while it runs: often until healthy, seldom after. Healthy for the first time, its ready event
/// goes out; once that has been dealt with, it is ready.</summary>
internal sealed partial class HealthFollower(IResource resource, string id, RunnerContext context)
{
    private static readonly TimeSpan StartingPoll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan UnhealthyPoll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HealthyPoll = TimeSpan.FromSeconds(10);
    private readonly HashSet<string> keys = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(h => h.Key)];

    /// <summary>What is known before the first answer.</summary>
    public ImmutableArray<HealthReportSnapshot> Unknown => [.. keys.Select(k => new HealthReportSnapshot(k, null, "not checked yet", null))];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var ready = false;
        try
        {
            while (true)
            {
                var reports = await CheckAsync(cancellationToken).ConfigureAwait(false);
                var healthy = reports.All(r => r.Status == HealthStatus.Healthy);
                await context.Notifications.PublishUpdateAsync(resource, id, s => s with
                {
                    HealthReports = reports,
                    Properties = healthy ? s.Properties.With(("was.healthy", true)) : s.Properties,
                }).ConfigureAwait(false);
                if (healthy && !ready)
                {
                    ready = true;
                    await ReadyAsync(cancellationToken).ConfigureAwait(false);
                }

                if (keys.Count == 0)
                    return;
                await Task.Delay(healthy ? HealthyPoll : ready ? UnhealthyPoll : StartingPoll, context.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The process has ended.
        }
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        string? failure = null;
        try
        {
            await context.Eventing.PublishAsync(new ResourceReadyEvent(resource, context.Services), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            failure = e.Message;
            LogReadyFailure(context.Loggers.GetLogger(id), resource.Name, e);
        }

        await context.Notifications.PublishUpdateAsync(resource, id, s => s with { IsReady = failure is null, ReadyFailure = failure }).ConfigureAwait(false);
    }

    private async Task<ImmutableArray<HealthReportSnapshot>> CheckAsync(CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];
        var report = await context.Health.CheckHealthAsync(r => keys.Contains(r.Name), cancellationToken).ConfigureAwait(false);
        var missing = keys.Where(k => !report.Entries.ContainsKey(k))
            .Select(k => new HealthReportSnapshot(k, HealthStatus.Unhealthy, $"there is no health check '{k}'; register it with builder.Services.AddHealthChecks()", null));
        return [.. report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.Message)), .. missing];
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A callback of {Resource}'s ready event failed; what waits for it will not start.")]
    private static partial void LogReadyFailure(ILogger logger, string resource, Exception exception);
}
