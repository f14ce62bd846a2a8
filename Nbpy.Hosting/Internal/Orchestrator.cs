using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>Starts every resource when its edges allow and stops them the other way round.</summary>
internal sealed class Orchestrator(
    DistributedApplicationModel model, ResourceNotificationService notifications, ResourceLoggerService loggers, IDistributedApplicationEventing eventing,
    HealthCheckService health, IConfiguration configuration, DistributedApplicationExecutionContext executionContext, IServiceProvider services, TimeProvider time)
{
    private readonly Dictionary<IResource, ResourceRunner> runners = [];
    private readonly CancellationTokenSource printing = new();
    private Guardian? guardian;
    private LogDirectory? logs;
    private Task? printer;
    private Task? stopping;

    public ResourceRunner? Find(string name) => runners.Values.FirstOrDefault(r => string.Equals(r.Resource.Name, name, StringComparison.OrdinalIgnoreCase));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var resources = model.Resources.Where(r => r is not ParameterResource).ToList();
        StopOrder.Of(resources); // Says so now if the edges form a circle.
        PortCheck.Run(resources);
        logs = new LogDirectory(configuration["Nbpy:LogDirectory"] ?? Path.GetFullPath("logs"));
        guardian = Guardian.Start();
        var context = new RunnerContext(notifications, loggers, eventing, health, executionContext, services, time, guardian, logs, configuration);
        foreach (var resource in resources)
            runners[resource] = new ResourceRunner(resource, context);
        printer = new StatePrinter(notifications, loggers, time).RunAsync(printing.Token);
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        foreach (var resource in resources)
        {
            EndpointAllocation.Allocate(resource);
            await eventing.PublishAsync(new ResourceEndpointsAllocatedEvent(resource, services), cancellationToken).ConfigureAwait(false);
        }

        foreach (var (resource, runner) in runners)
        {
            if (resource.Annotations.OfType<ExplicitStartupAnnotation>().Any())
                await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.NotStarted }).ConfigureAwait(false);
            else
                runner.Start();
        }

        await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops level by level: whoever waits for others first. Bounded by <c>Nbpy:ShutdownTimeoutSeconds</c> (30).</summary>
    public Task StopAsync(CancellationToken cancellationToken) => stopping ??= StopOnceAsync(cancellationToken);

    public void KillAll()
    {
        foreach (var runner in runners.Values)
            runner.Kill();
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        var total = TimeSpan.FromSeconds(double.Parse(configuration["Nbpy:ShutdownTimeoutSeconds"] ?? "30", CultureInfo.InvariantCulture));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(total);
        foreach (var runner in runners.Values)
            runner.Close();
        var forced = new List<string>();
        foreach (var level in StopOrder.Of([.. runners.Keys]))
        {
            var stopped = await Task.WhenAll(level.Select(r => runners[r].StopAsync(limit.Token))).ConfigureAwait(false);
            forced.AddRange(level.Where((_, i) => !stopped[i]).Select(r => r.Name));
        }

        await printing.CancelAsync().ConfigureAwait(false);
        if (printer is not null)
            await printer.ConfigureAwait(false);
        if (forced.Count > 0)
            Console.WriteLine($"Did not stop by themselves within {total.TotalSeconds:0} s and were killed: {string.Join(", ", forced)}");
        guardian?.Dispose();
        logs?.Dispose();
    }
}
