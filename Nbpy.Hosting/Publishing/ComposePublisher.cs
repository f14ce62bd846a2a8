using System.Globalization;
using System.Text;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Docker;
using Nbpy.Hosting.Docker.Resources;
using Nbpy.Hosting.Docker.Resources.ComposeNodes;
using Nbpy.Hosting.Docker.Resources.ServiceNodes;

namespace Nbpy.Hosting.Publishing;

/// <summary>Writes <c>docker-compose.yaml</c> and <c>.env</c> from the resources, with the meaning that Aspire's Compose publisher gives them:
/// what it leaves out (health checks, restarts, limits) comes from <c>PublishAsDockerComposeService</c>.</summary>
internal sealed class ComposePublisher(DockerComposeEnvironmentResource environment, PublishingContext context)
{
    /// <exception cref="DistributedApplicationException">A resource cannot be published; the message names it and the mend.</exception>
    public async Task WriteAsync()
    {
        var network = new Network { Name = environment.DefaultNetworkName ?? "aspire", Driver = "bridge" };
        var file = new ComposeFile().AddNetwork(network);
        foreach (var resource in context.Model.Resources.Where(r => r is IComputeResource && r.IsPublishedTo(environment)))
        {
            if (resource is ExecutableResource)
                continue; // As Aspire: a program of this machine has no image.
            var service = await ServiceAsync(resource).ConfigureAwait(false);
            foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
                Mount(mount, service, file);
            service.Networks = [network.Name];
            var target = new DockerComposeServiceResource(service.Name, resource, environment);
            foreach (var customization in resource.Annotations.OfType<DockerComposeServiceCustomizationAnnotation>())
                customization.Configure(target, service);
            file.AddService(service);
        }

        foreach (var callback in environment.FileCallbacks)
            callback(file);
        Directory.CreateDirectory(context.OutputPath);
        await File.WriteAllTextAsync(Path.Combine(context.OutputPath, "docker-compose.yaml"), file.ToYaml(), context.CancellationToken).ConfigureAwait(false);
        await EnvironmentFile.AddMissingAsync(Path.Combine(context.OutputPath, ".env"), environment.Placeholders, context.CancellationToken).ConfigureAwait(false);
    }

    private async Task<Service> ServiceAsync(IResource resource)
    {
        var service = new Service
        {
            Name = resource.Name.ToLowerInvariant(),
            Image = ImageOf(resource),
            ContainerName = resource.Annotations.OfType<ContainerNameAnnotation>().LastOrDefault()?.Name,
            PullPolicy = resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy switch
            {
                ImagePullPolicy.Always => "always",
                ImagePullPolicy.Missing => "missing",
                ImagePullPolicy.Never => "never",
                _ => null,
            },
        };
        if (resource is ContainerResource { Entrypoint: { } entrypoint })
            service.Entrypoint.Add(entrypoint);

        foreach (var (name, value) in await resource.VariablesAsync(context).ConfigureAwait(false))
            service.AddEnvironmentalVariable(name, Text(value));

        service.Command.AddRange((await resource.ArgumentsAsync(context).ConfigureAwait(false)).Select(Text));

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var inside = resource.InnerPort(endpoint).ToString(CultureInfo.InvariantCulture);
            if (!endpoint.IsExternal)
                Add(service.Expose, inside);
            else
                Add(service.Ports, endpoint.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{port}:{inside}") : inside);
        }

        foreach (var wait in resource.Annotations.OfType<WaitAnnotation>().Where(w => IsPublished(w.Resource)))
            service.DependsOn[wait.Resource.Name.ToLowerInvariant()] = new ServiceDependency
            {
                Condition = wait.WaitType == WaitType.WaitForCompletion ? "service_completed_successfully" : "service_started",
            };
        return service;
    }

    /// <summary>By name: a program with a Dockerfile stands in the model as its container.</summary>
    private bool IsPublished(IResource waitedFor) => context.Model.Resources.Any(r => r is ProjectResource or ContainerResource && r.Name == waitedFor.Name);

    private string ImageOf(IResource resource) => resource.NamedImage() ?? environment.Placeholder($"{resource.Name}-image", $"Container image name for {resource.Name}");

    private void Mount(ContainerMountAnnotation mount, Service service, ComposeFile file)
    {
        if (mount.Source is null)
            throw new DistributedApplicationException($"'{service.Name}' mounts a volume without a name at {mount.Target}; give the volume a name to publish it.");
        var bind = mount.Type == ContainerMountType.BindMount;
        var index = service.Volumes.Count(v => v.Type == "bind");
        var source = bind
            ? environment.Placeholder($"{service.Name}-bindmount-{index}", $"Bind mount source for {service.Name}:{mount.Target}")
            : mount.Source;
        service.AddVolume(new Volume { Name = source, Type = bind ? "bind" : "volume", Source = source, Target = mount.Target, ReadOnly = mount.IsReadOnly });
        if (!bind)
            file.AddVolume(new Volume { Name = mount.Source, Driver = "local" });
    }

    private string Text(object value) => value switch
    {
        ParameterResource parameter => environment.Placeholder(parameter.Name, $"Parameter {parameter.Name}"),
        EndpointReference endpoint => Part(endpoint, EndpointProperty.Url),
        EndpointReferenceExpression part => Part(part.Endpoint, part.Property),
        ReferenceExpression expression => expression.Parts.Aggregate(new StringBuilder(), (text, part) => text.Append(Text(part))).ToString(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Part(EndpointReference endpoint, EndpointProperty property)
    {
        var annotation = endpoint.Annotation();
        var port = endpoint.Resource.InnerPort(annotation);
        return annotation.Part(property, endpoint.Resource.Name, port, port);
    }

    private static void Add(List<string> ports, string port)
    {
        if (!ports.Contains(port))
            ports.Add(port);
    }
}
