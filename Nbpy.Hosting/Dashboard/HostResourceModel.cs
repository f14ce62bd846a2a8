using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Dashboard.Model;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Dashboard;

/// <summary>The host's resources as the dashboard's pages want them: follows the notification service, reads what each resource is started
/// with, hands commands to the command service.</summary>
internal sealed class HostResourceModel : IResourceModel, IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, ResourceView> views = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, ResourceLog> logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> runs = new(StringComparer.OrdinalIgnoreCase);
    private readonly IServiceProvider services;
    private readonly DistributedApplicationModel model;
    private readonly ResourceNotificationService notifications;
    private readonly ResourceLoggerService loggers;
    private readonly ResourceCommandService commands;
    private readonly DistributedApplicationExecutionContext executionContext;
    private readonly TimeProvider time;
    private readonly Task following;
    private IReadOnlyList<ApplicationParameterView> parameters = [];
    private long version;

    public HostResourceModel(IServiceProvider services, string applicationName)
    {
        ApplicationName = applicationName;
        this.services = services;
        model = services.GetRequiredService<DistributedApplicationModel>();
        notifications = services.GetRequiredService<ResourceNotificationService>();
        loggers = services.GetRequiredService<ResourceLoggerService>();
        commands = services.GetRequiredService<ResourceCommandService>();
        executionContext = services.GetRequiredService<DistributedApplicationExecutionContext>();
        time = services.GetRequiredService<TimeProvider>();
        foreach (var resource in model.Resources.Where(r => r is not ParameterResource))
            foreach (var id in ResourceInstances.IdsOf(resource))
                views[id] = ResourceViews.Describe(resource, id);
        following = FollowAsync(stop.Token);
    }

    public string ApplicationName { get; }

    public long Version => Interlocked.Read(ref version);

    public IReadOnlyList<ResourceView> Resources => [.. model.Resources.SelectMany(ResourceInstances.IdsOf).Select(views.GetValueOrDefault).OfType<ResourceView>()];

    public IReadOnlyList<ApplicationParameterView> Parameters => Volatile.Read(ref parameters);

    public async IAsyncEnumerable<IReadOnlyList<ConsoleLine>> FollowLogAsync(string resource, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!views.ContainsKey(resource))
            yield break;
        var log = logs.GetOrAdd(resource, name => new ResourceLog(name, loggers, notifications, time, stop.Token));
        await foreach (var lines in log.FollowAsync(cancellationToken).ConfigureAwait(false))
            yield return lines;
    }

    public async Task<CommandOutcome> ExecuteCommandAsync(string resource, string command, CancellationToken cancellationToken)
    {
        try
        {
            var result = await commands.ExecuteCommandAsync(resource, command, cancellationToken).ConfigureAwait(false);
            return new CommandOutcome(result.Success, result.ErrorMessage);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new CommandOutcome(false, e.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        await following.ConfigureAwait(false);
        foreach (var log in logs.Values)
            await log.Completion.ConfigureAwait(false);
        stop.Dispose();
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            var described = new List<ApplicationParameterView>();
            foreach (var parameter in model.Resources.OfType<ParameterResource>())
                described.Add(await ResourceViews.DescribeAsync(parameter, cancellationToken).ConfigureAwait(false));
            Volatile.Write(ref parameters, described);
            Interlocked.Increment(ref version);
            await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
                await UpdateAsync(change, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task UpdateAsync(ResourceEvent change, CancellationToken cancellationToken)
    {
        var name = change.ResourceId;
        var before = views.GetValueOrDefault(name) ?? ResourceViews.Describe(change.Resource, name);
        var view = ResourceViews.WithState(before, change, services);
        if (view.State == KnownResourceStates.Running && (before.State != KnownResourceStates.Running || before.ProcessId != view.ProcessId))
        {
            var count = runs.AddOrUpdate(name, 1, (_, runs) => runs + 1);
            view = view with { Restarts = Math.Max(view.Restarts, count - 1), Urls = await ResourceViews.UrlsAsync(change.Resource).ConfigureAwait(false) };
            view = await ResourceViews.WithStartAsync(view, change.Resource, executionContext, cancellationToken).ConfigureAwait(false);
        }

        views[name] = view;
        Interlocked.Increment(ref version);
    }
}
