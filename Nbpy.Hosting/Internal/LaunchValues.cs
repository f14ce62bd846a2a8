using System.Globalization;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Internal;

/// <summary>What a resource is started with, resolved: arguments in order, variables by name.</summary>
internal sealed record LaunchValues(IReadOnlyList<string> Args, IReadOnlyDictionary<string, string> Variables)
{
    private static readonly AsyncLocal<bool> Container = new();

    /// <summary>True while the values of a container are resolved: addresses are as seen from inside it.</summary>
    public static bool IsForContainer => Container.Value;

    public static async Task<LaunchValues> OfAsync(IResource resource, DistributedApplicationExecutionContext executionContext, CancellationToken cancellationToken)
    {
        Container.Value = resource is ContainerResource;
        var environment = new EnvironmentCallbackContext(executionContext, resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await annotation.Callback(environment).ConfigureAwait(false);
        var args = new CommandLineArgsCallbackContext([], cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
            await annotation.Callback(args).ConfigureAwait(false);
        var values = new List<string>();
        foreach (var arg in args.Args)
            values.Add(await TextAsync(arg, cancellationToken).ConfigureAwait(false));
        var variables = new Dictionary<string, string>();
        foreach (var (name, value) in environment.EnvironmentVariables)
            variables[name] = await TextAsync(value, cancellationToken).ConfigureAwait(false);
        return new LaunchValues(values, variables);
    }

    /// <summary>A value's text: strings, endpoint references, expressions, parameters, or anything that can be written.</summary>
    public static async ValueTask<string> TextAsync(object? value, CancellationToken cancellationToken) =>
        value is IValueProvider provider
            ? await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? ""
            : Convert.ToString(value is IResourceBuilder<ParameterResource> parameter ? await parameter.Resource.GetValueAsync(cancellationToken).ConfigureAwait(false) : value, CultureInfo.InvariantCulture) ?? "";
}
