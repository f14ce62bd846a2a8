using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.AppHost.Control;
using Nbpy.AppHost.Publishing;
using Nbpy.AppHost.Publishing.Kubernetes;
using Nbpy.AppHost.Recording;
using Nbpy.AppHost.Supervision;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost;

/// <summary>Runs the built application: notes first, the validation's report when it comes, the closing report last; supervision and the
/// control socket meanwhile.</summary>
internal sealed class HostRun(DistributedApplication app, IntegrationConfig config, HostOptions options, ServicePrograms services, Func<ComposeFile?> published)
{
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource unsupervised = new();

    /// <returns>The validation's exit code with <c>--exit-after validation</c>; else 0 after an orderly stop.</returns>
    public async Task<int> RunAsync()
    {
        if (options.OutputPath is { } output)
            return await PublishAsync(output);
        foreach (var note in config.Notes)
            Console.WriteLine($"Note: {note}");
        var started = TimeProvider.System.GetTimestamp();

        // From the first sign of the end nothing is started any more.
        using var stopping = stop.Token.Register(unsupervised.Cancel);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => unsupervised.Cancel());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => unsupervised.Cancel());
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => unsupervised.Cancel());
        Task<int?> validation;
        await using (app)
        {
            try
            {
                var status = new StatusReader(app, config, options.Arguments, services.StateDirectory, TimeProvider.System);
                await using var control = await ControlServer.StartAsync(app, config, status, stop.Cancel);
                await using var hostLog = HostLog.Follow(TimeProvider.System);
                ClosingReport.Clear(services.StateDirectory);
                Task[] beside =
                [
                    new Supervisor(app, config, TimeProvider.System).RunAsync(unsupervised.Token),
                    new PipelineRecorder(config, status, TimeProvider.System, Console.Out).RunAsync(unsupervised.Token),
                    status.SampleAsync(unsupervised.Token),
                ];
                validation = WatchValidationAsync();
                try
                {
                    await app.RunAsync(stop.Token);
                }
                finally
                {
                    await unsupervised.CancelAsync();
                    foreach (var task in beside)
                        await EndAsync(task);
                }
            }
            catch (Exception e) when (HostErrors.IsExpected(e))
            {
                // Nothing was started; the message names what stands in the way and the mend.
                await stop.CancelAsync();
                return HostErrors.Report(e, options.ExceptionDetails);
            }
        }

        if (!validation.IsCompleted)
            await stop.CancelAsync();
        var exitCode = await validation;
        ClosingReport.Write(config, services.StateDirectory, services.Run, TimeProvider.System.GetElapsedTime(started), Console.Out);
        return options.ExitAfterValidation ? exitCode ?? 1 : 0;
    }

    /// <summary>Waits for what ran beside the pipeline. Its fault is said, and takes nothing of the stop or of the closing report.</summary>
    private static async Task EndAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"The host's own supervision or recording had ended early: {e}");
        }
    }

    private async Task<int> PublishAsync(string output)
    {
        try
        {
            await using (app)
                await app.RunAsync();
            var file = published() ?? throw new DistributedApplicationException("The host published no Compose file.");
            var others = PublishChecks.PasswordsOfOthers(options);
            var images = file.Services.Values.Select(s => PodEnvironment.WithDefaults(s.Image ?? ""));
            if (options.KubernetesPath is not { } manifests)
            {
                var optional = file.Services.Values.SelectMany(s => s.Environment.Values).SelectMany(PodEnvironment.SecretsIn).Where(s => s.IsOptional).Select(s => s.Name);
                PublishedFiles.Write(config, output, optional, others);
                BillOfMaterials.Write(output, images);
                return 0;
            }

            PublishedConfiguration.Write(config, output);
            KubernetesFolder.Write(file, config, options.Source, output, manifests, others);
            BillOfMaterials.Write(manifests, images);
            Directory.Delete(output, recursive: true);
            return 0;
        }
        catch (Exception e) when (e is DistributedApplicationException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Nothing usable was published to {options.KubernetesPath ?? output}: {(options.ExceptionDetails ? e : e.Message)}");
            return 1;
        }
    }

    private async Task<int?> WatchValidationAsync()
    {
        try
        {
            var echo = EchoAsync(stop.Token);
            var ended = await app.ResourceNotifications.WaitForResourceAsync(
                "validation", e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), stop.Token);
            await Task.WhenAny(echo, Task.Delay(TimeSpan.FromSeconds(2), stop.Token));
            var exitCode = ended.Snapshot.ExitCode;
            if (ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart)
                Console.WriteLine("✗ VALIDATION DID NOT START: see above for what it waited for");
            if (options.ExitAfterValidation)
                await stop.CancelAsync();
            else
                WriteAddresses(proven: exitCode == 0);
            return exitCode ?? 1;
        }
        catch (OperationCanceledException)
        {
            // Stopped before validation ended.
            return null;
        }
    }

    private async Task EchoAsync(CancellationToken cancellationToken)
    {
        var logs = app.Services.GetRequiredService<ResourceLoggerService>();
        var resource = app.Services.GetRequiredService<DistributedApplicationModel>().Resources.Single(r => r.Name == "validation");
        await foreach (var lines in logs.WatchAsync(resource).WithCancellation(cancellationToken))
            foreach (var line in lines)
                Console.WriteLine(line.Content);
    }

    private void WriteAddresses(bool proven)
    {
        Console.WriteLine();
        Console.WriteLine($"  Dashboards  {config.Urls.GrafanaUi}");
        Console.WriteLine($"  Store       {config.InfluxDb.Url}  (database {config.InfluxDb.Database})");
        foreach (var publisher in config.EnabledPublishers)
            Console.WriteLine($"  Topic       tcp://localhost:{publisher.Port}  {publisher.Topic}{(publisher.IsShard ? $" ({publisher.Name})" : "")}");
        Console.WriteLine($"  Logs        {config.System.LogDir}");
        Console.WriteLine();
        Console.WriteLine(proven
            ? "Streaming. Ctrl+C stops in order and loses nothing."
            : "The validation did not succeed: not everything streams and is stored (see above). What runs goes on; 'nbpy status' shows it, Ctrl+C stops it in order.");
    }
}
