using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting;

/// <summary>Adding resources, and the words that every resource knows.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>A .NET project, by the path of its project file or folder.</summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string projectPath) =>
        builder.AddResource(new ProjectResource(name)).WithAnnotation(new ProjectMetadata(Path.GetFullPath(projectPath, builder.AppHostDirectory)));

    /// <summary>A program of the machine.</summary>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[]? args) =>
        builder.AddResource(new ExecutableResource(name, command, Path.GetFullPath(workingDirectory, builder.AppHostDirectory))).WithArgs(args ?? []);

    /// <summary>A value from configuration key <c>Parameters:NAME</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false) =>
        builder.AddResource(new ParameterResource(
            name,
            () => builder.Configuration[$"Parameters:{name}"]
                ?? throw new DistributedApplicationException($"The parameter '{name}' has no value; set Parameters__{name} in the environment."),
            secret));

    /// <summary>A value that the code knows; configuration key <c>Parameters:NAME</c> wins over it.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, () => builder.Configuration[$"Parameters:{name}"] ?? value, secret));

    /// <summary>Starts after <paramref name="dependency"/> runs, is healthy and is ready.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy));

    /// <summary>Starts after <paramref name="dependency"/> has been started.</summary>
    public static IResourceBuilder<T> WaitForStart<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilStarted));

    /// <summary>Starts after <paramref name="dependency"/> has ended with <paramref name="exitCode"/>; another one makes this one fail.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency, int exitCode = 0)
        where T : IResourceWithWaitSupport => builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion, exitCode));

    /// <summary>Does not start by itself.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.WithAnnotation(new ExplicitStartupAnnotation());

    /// <summary>An environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = value ?? "");

    /// <summary>An environment variable, computed at start.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, Func<string> callback)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = callback());

    /// <summary>An environment variable: the endpoint's URL.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = endpointReference);

    /// <summary>An environment variable: an expression.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, ReferenceExpression value)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = value);

    /// <summary>An environment variable: a parameter.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c => c.EnvironmentVariables[name] = parameter.Resource);

    /// <summary>Environment variables from a callback.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, Action<EnvironmentCallbackContext> callback)
        where T : IResourceWithEnvironment =>
        builder.WithAnnotation(new EnvironmentCallbackAnnotation(c => { callback(c); return Task.CompletedTask; }));

    /// <summary>Tells the resource where an endpoint is: <c>services__NAME__ENDPOINT__0</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, EndpointReference endpointReference)
        where T : IResourceWithEnvironment =>
        builder.WithEnvironment($"services__{endpointReference.Resource.Name}__{endpointReference.EndpointName}__0", endpointReference);

    /// <summary>Tells the resource where every endpoint of another is.</summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where T : IResourceWithEnvironment => builder.WithEnvironment(c =>
        {
            foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>())
                c.EnvironmentVariables[$"services__{source.Resource.Name}__{endpoint.Name}__0"] = new EndpointReference(source.Resource, endpoint.Name);
        });

    /// <summary>Published where <paramref name="computeEnvironmentResource"/> is, when there are several.</summary>
    public static IResourceBuilder<T> WithComputeEnvironment<T>(this IResourceBuilder<T> builder, IResourceBuilder<IComputeEnvironmentResource> computeEnvironmentResource)
        where T : IComputeResource => builder.WithAnnotation(new ComputeEnvironmentAnnotation(computeEnvironmentResource.Resource));

    /// <summary>Arguments.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithArgs => builder.WithArgs(c => Array.ForEach(args, c.Args.Add));

    /// <summary>Arguments: strings, endpoint references, expressions, parameters.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args)
        where T : IResourceWithArgs => builder.WithArgs(c => Array.ForEach(args, c.Args.Add));

    /// <summary>Arguments from a callback.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, Action<CommandLineArgsCallbackContext> callback)
        where T : IResourceWithArgs =>
        builder.WithAnnotation(new CommandLineArgsCallbackAnnotation(c => { callback(c); return Task.CompletedTask; }));

    private sealed class ProjectMetadata(string path) : IProjectMetadata
    {
        public string ProjectPath => path;
    }
}
