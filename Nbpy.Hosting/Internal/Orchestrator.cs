using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal.Containers;
using Nbpy.Hosting.Internal.Endpoints;

namespace Nbpy.Hosting.Internal;

/// <summary>Starts every resource when its edges allow and stops them the other way round.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers, IDistributedApplicationEventing eventing,
    HealthCheckService health, IConfiguration configuration, DistributedApplicationExecutionContext executionContext, IServiceProvider services, TimeProvider time)
{
    private readonly Dictionary<IResource, IReadOnlyList<ResourceRunner>> runners = [];
    private readonly List<EndpointProxy> proxies = [];
    private readonly CancellationTokenSource printing = new();
    private Guardian? guardian;
    private LogDirectory? logs;
    private ContainerHost? containers;
    private Task? printer;
    private Task? stopping;

    private IEnumerable<ResourceRunner> All => runners.Values.SelectMany(r => r);

    /// <summary>The instances of a resource by its name, or one of them by its id; none when there is no such.</summary>
    public IReadOnlyList<ResourceRunner> Find(string nameOrId) =>
    [
        .. All.Where(r => string.Equals(r.Resource.Name, nameOrId, StringComparison.OrdinalIgnoreCase) || string.Equals(r.Id, nameOrId, StringComparison.OrdinalIgnoreCase)),
    ];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var resources = model.Resources.Where(r => r is not ParameterResource).ToList();
        StopOrder.Of(resources); // Says so now if the edges form a circle.
        ResourceInstances.Check(resources);
        containers = new ContainerHost(configuration, model.Resources.OfType<ContainerResource>().ToList(), executionContext.AppHostDirectory, time);
        PortCheck.Run(resources, await containers.OwnNamesAsync(cancellationToken).ConfigureAwait(false));
        logs = LogDirectory.Open(configuration["Nbpy:LogDirectory"] ?? Path.GetFullPath("logs"));
        guardian = Guardian.Start();
        var context = new RunnerContext(notifications, loggers, eventing, health, executionContext, configuration, services, time, guardian, logs, containers);
        foreach (var resource in resources.Where(r => r is ProjectResource or ExecutableResource or ContainerResource))
            runners[resource] = [.. ResourceInstances.IdsOf(resource).Select((id, i) => new ResourceRunner(resource, id, i, context))];
        printer = new StatePrinter(notifications, loggers, time).RunAsync(printing.Token);
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        foreach (var resource in resources)
            await eventing.PublishAsync(new InitializeResourceEvent(resource, eventing, loggers, notifications, services), cancellationToken).ConfigureAwait(false);
        foreach (var resource in resources)
        {
            await containers.KeepPortsAsync(resource, cancellationToken).ConfigureAwait(false);
            EndpointAllocation.Allocate(resource);
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => EndpointAllocation.HasProxy(resource, e)))
                proxies.Add(EndpointProxy.Start(resource, endpoint, time));
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken).ConfigureAwait(false);
        }

        foreach (var (resource, instances) in runners)
        {
            if (resource.Annotations.OfType<ExplicitStartupAnnotation>().Any())
                await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.NotStarted }).ConfigureAwait(false);
            else
                foreach (var instance in instances)
                    instance.Start();
        }

        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a stop may take: <c>Nbpy:ShutdownTimeoutSeconds</c> (30), of everything and of one resource.</summary>
    public TimeSpan StopLimit { get; } = TimeSpan.FromSeconds(double.Parse(configuration["Nbpy:ShutdownTimeoutSeconds"] ?? "30", CultureInfo.InvariantCulture));

    /// <summary>Stops level by level: whoever waits for others first. Bounded by <see cref="StopLimit"/>, of which each level has its share: what is
    /// left, divided by the levels that still have something to stop. So one that hangs takes no time from those that drain after it.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => stopping ??= StopOnceAsync(cancellationToken);

    public void KillAll()
    {
        foreach (var runner in All)
            runner.Kill();
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        foreach (var runner in All)
            runner.Close();
        var forced = new List<string>();
        var levels = new Queue<List<ResourceRunner>>(StopOrder.Of([.. runners.Keys]).Select(level => level.SelectMany(r => runners[r]).ToList()));
        while (levels.TryPeek(out var level))
        {
            var left = StopLimit - time.GetElapsedTime(since);
            var share = left > TimeSpan.Zero ? left / Math.Max(1, levels.Count(l => l.Exists(r => !r.HasEnded))) : TimeSpan.Zero;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(share);
            var stopped = await Task.WhenAll(level.Select(r => r.StopAsync(limit.Token, leave: true))).ConfigureAwait(false);
            forced.AddRange(level.Where((_, i) => !stopped[i]).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Id} ({share.TotalSeconds:0.0} s)")));
            levels.Dequeue();
        }

        foreach (var proxy in proxies)
            await proxy.DisposeAsync().ConfigureAwait(false);
        if (containers is not null)
            await containers.RemoveNetworkAsync().ConfigureAwait(false);
        await printing.CancelAsync().ConfigureAwait(false);
        if (printer is not null)
            await printer.ConfigureAwait(false);
        if (forced.Count > 0)
            Console.WriteLine($"Did not stop by themselves within their share of the {StopLimit.TotalSeconds:0.#} s and were killed: {string.Join(", ", forced)}");
        guardian?.Dispose();
        logs?.Dispose();
    }
}
