using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Internal;

namespace Nbpy.Hosting;

/// <summary>What the application is built with.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The program's arguments.</summary>
    public string[]? Args { get; set; }

    /// <summary>The app host's project folder; found from the program's own place when null.</summary>
    public string? ProjectDirectory { get; set; }
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        AppHostDirectory = options.ProjectDirectory ?? FindProjectDirectory();
        Configuration.AddEnvironmentVariables();
        Configuration.AddCommandLine(options.Args ?? []);
        ExecutionContext = new(string.Equals(Configuration["operation"], "publish", StringComparison.OrdinalIgnoreCase)
            ? DistributedApplicationOperation.Publish : DistributedApplicationOperation.Run) { AppHostDirectory = AppHostDirectory };
        Environment = new HostEnvironment(
            Configuration["environment"] ?? Configuration["DOTNET_ENVIRONMENT"] ?? Configuration["ASPNETCORE_ENVIRONMENT"] ?? Environments.Production, AppHostDirectory);
        Services.AddSingleton(Environment);
        Services.AddLogging();
        Services.AddHealthChecks();
        Services.AddSingleton<IConfiguration>(Configuration);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton<ResourceNotificationService>();
        Services.AddSingleton<ResourceLoggerService>();
        Services.AddSingleton<ResourceCommandService>();
        Services.AddSingleton<Orchestrator>();
        Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
    }

    public string AppHostDirectory { get; }

    public ConfigurationManager Configuration { get; } = new();

    public IHostEnvironment Environment { get; }

    public IDistributedApplicationEventing Eventing { get; } = new Eventing();

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IServiceCollection Services { get; } = new ServiceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        if (Resources.Any(r => string.Equals(r.Name, resource.Name, StringComparison.OrdinalIgnoreCase)))
            throw new InvalidOperationException($"There is a resource '{resource.Name}' already; names are unique, whatever their case.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        SafeConsole.Install();
        return new(Services.BuildServiceProvider(), AppHostDirectory);
    }

    /// <summary>Upwards from the build output to the folder that holds a project file.</summary>
    private static string FindProjectDirectory()
    {
        var name = Assembly.GetEntryAssembly()?.GetName().Name;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, name + ".csproj")))
                return folder.FullName;
        return System.Environment.CurrentDirectory;
    }

    private sealed class ResourceBuilder<T>(IDistributedApplicationBuilder builder, T resource) : IResourceBuilder<T>
        where T : IResource
    {
        public T Resource => resource;

        public IDistributedApplicationBuilder ApplicationBuilder => builder;

        public IResourceBuilder<T> WithAnnotation<TAnnotation>(TAnnotation annotation)
            where TAnnotation : IResourceAnnotation
        {
            resource.Annotations.Add(annotation);
            return this;
        }
    }
}
