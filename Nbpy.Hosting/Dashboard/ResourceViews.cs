using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Nbpy.Dashboard.Model;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting.Dashboard;

/// <summary>Resources, snapshots and annotations as views.</summary>
internal static class ResourceViews
{
    /// <summary>Words that make a variable's value a secret, where the model does not say so itself.</summary>
    private static readonly HashSet<string> SecretWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "PASSWORD", "PASSWD", "PWD", "SECRET", "TOKEN", "KEY", "APIKEY", "CREDENTIAL", "CREDENTIALS", "HEADERS", "CONNECTIONSTRING", "CONNECTIONSTRINGS",
    };

    /// <summary>Properties shown in places of their own.</summary>
    private static readonly HashSet<string> OwnPlace = ["pid", "waiting.for", "error", "was.healthy", "restarts", "progress", "stop.wanted", DependencyWait.GivenUp, Restarting];

    /// <summary>The property of what has ended and waits for its next start: why, and when.</summary>
    private const string Restarting = "restarting";

    /// <summary>What does not change while the host runs.</summary>
    public static ResourceView Describe(IResource resource, string id) => new()
    {
        Name = id,
        Type = resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal),
        State = KnownResourceStates.NotStarted,
        Source = SourceOf(resource),
        Volumes = [.. resource.Annotations.OfType<ContainerMountAnnotation>().Select(m => $"{m.Source ?? "(anonymous)"} → {m.Target}{(m.IsReadOnly ? " (read only)" : "")}")],
        Relationships = [.. RelationshipsOf(resource).Distinct()],
        Commands = CommandsOf(resource, KnownResourceStates.NotStarted, null),
    };

    /// <summary>A parameter with its value of now: nothing changes it while the host runs.</summary>
    public static async Task<ApplicationParameterView> DescribeAsync(ParameterResource parameter, CancellationToken cancellationToken)
    {
        try
        {
            return new ApplicationParameterView(parameter.Name, await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? "", parameter.Secret);
        }
        catch (DistributedApplicationException e)
        {
            return new ApplicationParameterView(parameter.Name, "", parameter.Secret, e.Message);
        }
    }

    /// <summary>What a snapshot says.</summary>
    public static ResourceView WithState(ResourceView view, ResourceEvent change, IServiceProvider services)
    {
        var snapshot = change.Snapshot;
        string? Property(string name) => Convert.ToString(snapshot.Properties.FirstOrDefault(p => p.Name == name)?.Value, CultureInfo.InvariantCulture);
        var state = snapshot.State?.Text ?? KnownResourceStates.NotStarted;
        var runs = state == KnownResourceStates.Running || state == KnownResourceStates.Stopping;
        return view with
        {
            State = state,
            StateReason = state == KnownResourceStates.Waiting ? $"for {Property("waiting.for")}"
                : state == KnownResourceStates.FailedToStart || Property(DependencyWait.GivenUp) is not null ? Property("error")
                : Property(Restarting) ?? Property("progress"),
            Health = HealthOf(snapshot.HealthStatus),
            HealthReports = [.. snapshot.HealthReports.Select(h => new HealthReportView(h.Name, HealthOf(h.Status), h.Description, h.ExceptionText))],
            StartedAt = TimeOf(snapshot.StartTimeStamp),
            StoppedAt = runs ? null : TimeOf(snapshot.StopTimeStamp),
            ExitCode = snapshot.ExitCode,
            ProcessId = runs && int.TryParse(Property("pid"), CultureInfo.InvariantCulture, out var pid) ? pid : null,
            Restarts = int.TryParse(Property("restarts"), CultureInfo.InvariantCulture, out var restarts) ? restarts : view.Restarts,
            Properties = [.. snapshot.Properties.Where(p => !OwnPlace.Contains(p.Name)).Select(p => new PropertyView(p.Name, Convert.ToString(p.Value, CultureInfo.InvariantCulture) ?? ""))],
            Commands = CommandsOf(change.Resource, state, new UpdateCommandStateContext { ResourceSnapshot = snapshot, ServiceProvider = services }),
        };
    }

    /// <summary>What the resource was started with: the callbacks that made its arguments and environment are asked once more.</summary>
    public static async Task<ResourceView> WithStartAsync(
        ResourceView view, IResource resource, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        ResourceInstances.Enter(resource, Math.Max(0, ResourceInstances.IdsOf(resource).ToList().IndexOf(view.Name)));
        try
        {
            var environment = new EnvironmentCallbackContext(executionContext, resource, cancellationToken);
            foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
                await annotation.Callback(environment).ConfigureAwait(false);
            var args = new CommandLineArgsCallbackContext([], cancellationToken);
            foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
                await annotation.Callback(args).ConfigureAwait(false);
            var variables = new List<EnvironmentVariableView>();
            foreach (var (name, value) in environment.EnvironmentVariables)
                variables.Add(new EnvironmentVariableView(name, await TextAsync(value, cancellationToken).ConfigureAwait(false), IsSecret(name, value)));
            var arguments = new List<string>();
            var nextIsSecret = false;
            foreach (var arg in args.Args)
            {
                var text = await TextAsync(arg, cancellationToken).ConfigureAwait(false);
                arguments.Add(nextIsSecret || arg is ParameterResource { Secret: true } ? "********" : text);
                nextIsSecret = text.StartsWith('-') && IsSecret(text, text);
            }

            return view with { Environment = variables, Arguments = arguments };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return view with { Properties = [.. view.Properties, new PropertyView("environment", $"cannot be read: {e.Message}")] };
        }
    }

    /// <summary>Its links, once its ports are known: where it listens, changed and added to by <c>WithUrl…</c>.</summary>
    public static async Task<IReadOnlyList<UrlView>> UrlsAsync(IResource resource)
    {
        var urls = resource is IResourceWithEndpoints owner
            ? resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedPort is not null).Select(e => new EndpointReference(owner, e.Name))
                .Select(e => new ResourceUrlAnnotation { Url = e.Url, DisplayText = e.EndpointName, Endpoint = e }).ToList()
            : [];
        urls.AddRange(resource.Annotations.OfType<ResourceUrlAnnotation>());
        foreach (var annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
            await annotation.Callback(urls).ConfigureAwait(false);
        return [.. urls.Select(u =>
        {
            var url = u.Endpoint is { } endpoint && u.Url.StartsWith('/') ? endpoint.Url + u.Url : u.Url;
            return new UrlView(u.DisplayText ?? url, url);
        })];
    }

    private static IEnumerable<RelationshipView> RelationshipsOf(IResource resource)
    {
        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>())
            yield return new RelationshipView(wait.Resource.Name, wait.WaitType switch
            {
                WaitType.WaitForCompletion => "WaitForCompletion",
                WaitType.WaitUntilStarted => "WaitForStart",
                _ => "WaitFor",
            });
        if (resource is IResourceWithParent child)
            yield return new RelationshipView(child.Parent.Name, "Parent");
        foreach (var other in resource.Annotations.OfType<ResourceRelationshipAnnotation>())
            yield return new RelationshipView(other.Resource.Name, other.Type);
    }

    private static IReadOnlyList<CommandView> CommandsOf(IResource resource, string state, UpdateCommandStateContext? context)
    {
        bool Has(string property) => context?.ResourceSnapshot.Properties.Any(p => p.Name == property) == true;
        var isGivenUp = Has(DependencyWait.GivenUp) && state != KnownResourceStates.Running && state != KnownResourceStates.Stopping;
        var startable = state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state) || isGivenUp;

        // What is about to be started again can be stopped, and need not be waited for.
        var stoppable = !startable || Has(Restarting);
        var own = from command in resource.Annotations.OfType<ResourceCommandAnnotation>()
                  let now = context is null ? ResourceCommandState.Disabled : command.UpdateState(context)
                  where now != ResourceCommandState.Hidden
                  select new CommandView(command.Name, command.DisplayName, now == ResourceCommandState.Enabled, command.ConfirmationMessage);
        return [new("start", "Start", startable), new("stop", "Stop", stoppable), new("restart", "Restart", stoppable || isGivenUp), .. own];
    }

    private static string? SourceOf(IResource resource) => resource switch
    {
        ProjectResource => resource.Annotations.OfType<IProjectMetadata>().FirstOrDefault()?.ProjectPath,
        ContainerResource => resource.Annotations.OfType<ContainerImageAnnotation>().Select(i => i.Tag is null ? i.Image : $"{i.Image}:{i.Tag}").FirstOrDefault(),
        ExecutableResource executable => executable.Command,
        _ => null,
    };

    private static bool IsSecret(string name, object value) =>
        value is ParameterResource { Secret: true }
        || name.Split('_', '-', ':', '.').Any(SecretWords.Contains)
        || (value is string text && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Contains(':'));

    private static async ValueTask<string> TextAsync(object value, CancellationToken cancellationToken) =>
        value is IValueProvider provider
            ? await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? ""
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static ResourceHealth? HealthOf(HealthStatus? status) => status switch
    {
        HealthStatus.Healthy => ResourceHealth.Healthy,
        HealthStatus.Degraded => ResourceHealth.Degraded,
        HealthStatus.Unhealthy => ResourceHealth.Unhealthy,
        _ => null,
    };

    private static DateTimeOffset? TimeOf(DateTime? utc) => utc is { } given ? new DateTimeOffset(DateTime.SpecifyKind(given, DateTimeKind.Utc)) : null;
}
