using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Dashboard;
using Nbpy.Hosting.Internal;
using Nbpy.Hosting.Publishing;

namespace Nbpy.Hosting;

/// <summary>The application: starts its resources in the order of their edges and stops them in the reverse.</summary>
public sealed class DistributedApplication : IAsyncDisposable, IDisposable
{
    private readonly ServiceProvider services;
    private readonly Orchestrator orchestrator;
    private readonly string appHostDirectory;
    private int isStopWanted;
    private HostDashboard? dashboard;

    internal DistributedApplication(ServiceProvider services, string appHostDirectory)
    {
        this.services = services;
        this.appHostDirectory = appHostDirectory;
        orchestrator = services.GetRequiredService<Orchestrator>();
    }

    /// <summary>Services of the host.</summary>
    public IServiceProvider Services => services;

    /// <summary>States.</summary>
    public ResourceNotificationService ResourceNotifications => services.GetRequiredService<ResourceNotificationService>();

    /// <summary>Commands.</summary>
    public ResourceCommandService ResourceCommands => services.GetRequiredService<ResourceCommandService>();

    /// <summary>A builder with the program's arguments.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>A builder.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    /// <summary>Starts everything; returns when every resource is on its way.</summary>
    /// <exception cref="DistributedApplicationException">Nothing was started: a port is taken, or the edges form a circle.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        dashboard ??= await HostDashboard.StartAsync(services, cancellationToken).ConfigureAwait(false);
        if (dashboard is not null)
            Console.WriteLine($"Dashboard: {dashboard.Addresses.LoginUrl}");
        await orchestrator.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops everything, in the reverse order of the edges.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => orchestrator.StopAsync(cancellationToken);

    /// <summary>Starts, runs until cancelled, Ctrl+C, SIGTERM or the end of its terminal (SIGHUP), and stops. A second Ctrl+C kills everything at once. In publish mode:
    /// writes the manifests of every compute environment into <c>--output-path</c> (<c>aspire-output</c> beside the project).</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (services.GetRequiredService<DistributedApplicationExecutionContext>().IsPublishMode)
        {
            await PublishAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnSignal(context, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnSignal(context, stop));
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => OnSignal(context, stop));
        try
        {
            await StartAsync(stop.Token).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The wanted end.
        }

        await StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The same, blocking.</summary>
    public void Run() => RunAsync().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await orchestrator.StopAsync(CancellationToken.None).ConfigureAwait(false);
        if (dashboard is not null)
            await dashboard.DisposeAsync().ConfigureAwait(false);
        await services.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var output = Path.GetFullPath(services.GetRequiredService<IConfiguration>()["output-path"] ?? "aspire-output", appHostDirectory);
        var model = services.GetRequiredService<DistributedApplicationModel>();
        var executionContext = services.GetRequiredService<DistributedApplicationExecutionContext>();
        await services.GetRequiredService<IDistributedApplicationEventing>().PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        var publishers = model.Resources.SelectMany(r => r.Annotations.OfType<PublishingCallbackAnnotation>()).ToList();
        if (publishers.Count == 0)
            throw new DistributedApplicationException("There is nothing to publish to; add an environment, for example AddDockerComposeEnvironment(\"compose\").");
        var environments = model.Resources.OfType<IComputeEnvironmentResource>().Select(e => e.Name).ToList();
        if (environments.Count > 1 && model.Resources.FirstOrDefault(r => r is ProjectResource or ContainerResource && !r.Annotations.OfType<ComputeEnvironmentAnnotation>().Any()) is { } unclear)
            throw new DistributedApplicationException($"'{unclear.Name}' could be published to {string.Join(" and ", environments)}; say which by WithComputeEnvironment.");
        foreach (var publisher in publishers)
            await publisher.Callback(new PublishingContext(model, executionContext, output, cancellationToken)).ConfigureAwait(false);
    }

    private void OnSignal(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        // Noted before it is said: who has read it may send the second at once, and each signal has a thread of its own.
        if (Interlocked.Exchange(ref isStopWanted, 1) == 0 && !stop.IsCancellationRequested)
        {
            Console.WriteLine("Stopping in order; once more kills everything at once.");
            stop.Cancel();
            return;
        }

        // A terminal that closes may say so twice: no reason to kill.
        if (context.Signal == PosixSignal.SIGHUP)
            return;
        Console.WriteLine("Killed.");
        orchestrator.KillAll();
        Environment.Exit(130);
    }
}

/// <summary>The application cannot start as it is.</summary>
public sealed class DistributedApplicationException(string message) : Exception(message);
