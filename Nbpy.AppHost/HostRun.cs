using Microsoft.Extensions.DependencyInjection;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Runs the built application: notes first, the validation's report when it comes, the closing report last.</summary>
internal static class HostRun
{
    /// <returns>The validation's exit code with <c>--exit-after validation</c>; else 0 after an orderly stop.</returns>
    public static async Task<int> RunAsync(DistributedApplication app, IntegrationConfig config, HostOptions options, string stateDirectory)
    {
        foreach (var note in config.Notes)
            Console.WriteLine($"Note: {note}");
        ClosingReport.Clear(stateDirectory);
        var started = TimeProvider.System.GetTimestamp();
        using var stop = new CancellationTokenSource();
        var validation = WatchValidationAsync(app, config, options, stop);
        await using (app)
        {
            try
            {
                await app.RunAsync(stop.Token);
            }
            catch (DistributedApplicationException e)
            {
                // Nothing was started; the message names what stands in the way and the mend.
                await Console.Error.WriteLineAsync(e.Message);
                return 1;
            }
        }

        if (!validation.IsCompleted)
            await stop.CancelAsync();
        var exitCode = await validation;
        ClosingReport.Write(config, stateDirectory, TimeProvider.System.GetElapsedTime(started), Console.Out);
        return options.ExitAfterValidation ? exitCode ?? 1 : 0;
    }

    private static async Task<int?> WatchValidationAsync(DistributedApplication app, IntegrationConfig config, HostOptions options, CancellationTokenSource stop)
    {
        try
        {
            var echo = EchoAsync(app, stop.Token);
            var ended = await app.ResourceNotifications.WaitForResourceAsync(
                "validation", e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), stop.Token);
            await Task.WhenAny(echo, Task.Delay(TimeSpan.FromSeconds(2), stop.Token));
            var exitCode = ended.Snapshot.ExitCode;
            if (ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart)
                Console.WriteLine("✗ VALIDATION DID NOT START: see above for what it waited for");
            if (options.ExitAfterValidation)
                await stop.CancelAsync();
            else
                WriteAddresses(config);
            return exitCode ?? 1;
        }
        catch (OperationCanceledException)
        {
            // Stopped before validation ended.
            return null;
        }
    }

    private static async Task EchoAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        var resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == "validation");
        await foreach (var lines in logs.WatchAsync(resource).WithCancellation(cancellationToken))
            foreach (var line in lines)
                Console.WriteLine(line.Content);
    }

    private static void WriteAddresses(IntegrationConfig config)
    {
        Console.WriteLine();
        Console.WriteLine($"  Dashboards  {config.Urls.GrafanaUi}");
        Console.WriteLine($"  Store       {config.InfluxDb.Url}  (database {config.InfluxDb.Database})");
        foreach (var publisher in config.EnabledPublishers)
            Console.WriteLine($"  Topic       tcp://localhost:{publisher.Port}  {publisher.Topic}");
        Console.WriteLine($"  Logs        {config.System.LogDir}");
        Console.WriteLine();
        Console.WriteLine("Streaming. Ctrl+C stops in order and loses nothing.");
    }
}
