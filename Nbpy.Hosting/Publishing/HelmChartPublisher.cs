using System.Globalization;
using System.Net.Sockets;
using Nbpy.Hosting.ApplicationModel;
using Nbpy.Hosting.Kubernetes;
using Nbpy.Hosting.Kubernetes.Resources;

namespace Nbpy.Hosting.Publishing;

/// <summary>Writes a Helm chart from the resources, with the meaning and the layout that Aspire's Kubernetes publisher gives it: a Deployment each, a
/// Service before its endpoints, variables in a ConfigMap and a Secret whose values stand in <c>values.yaml</c>; volumes are empty folders, and
/// waits and health checks are left out. What is wanted beyond comes from <c>PublishAsKubernetesService</c>.</summary>
internal sealed class HelmChartPublisher(KubernetesEnvironmentResource environment, PublishingContext context, string applicationName)
{
    private const string Parameters = "parameters";
    private const string Secrets = "secrets";
    private const string Config = "config";
    private readonly Dictionary<string, Dictionary<string, Dictionary<string, string>>> values = new() { [Parameters] = [], [Secrets] = [], [Config] = [] };

    /// <exception cref="DistributedApplicationException">A resource cannot be published; the message names it and the mend.</exception>
    public async Task WriteAsync()
    {
        foreach (var resource in context.Model.Resources.Where(r => r is ProjectResource or ContainerResource && r.IsPublishedTo(environment)))
        {
            var parts = await PartsAsync(resource).ConfigureAwait(false);
            foreach (var customization in resource.Annotations.OfType<KubernetesServiceCustomizationAnnotation>())
                customization.Configure(parts);
            var folder = Path.Combine(context.OutputPath, "templates", resource.Name);
            Directory.CreateDirectory(folder);
            foreach (var part in parts.Templates)
                await WriteAsync(Path.Combine(folder, FileName(resource, part)), "---\n" + HelmYaml.Serialize(part)).ConfigureAwait(false);
        }

        Directory.CreateDirectory(context.OutputPath);
        await WriteAsync(Path.Combine(context.OutputPath, "Chart.yaml"), HelmYaml.Serialize(new Dictionary<string, object>
        {
            ["apiVersion"] = "v2", ["name"] = applicationName.ToLowerInvariant().Replace('.', '-').Replace('_', '-'), ["version"] = "0.1.0", ["appVersion"] = "0.1.0",
            ["description"] = $"{applicationName} as a Helm chart.", ["type"] = "application", ["kubeVersion"] = ">= 1.18.0-0",
        })).ConfigureAwait(false);
        await WriteAsync(Path.Combine(context.OutputPath, "values.yaml"), HelmYaml.Serialize(values)).ConfigureAwait(false);
    }

    /// <summary>Another part of the same name does not take its place.</summary>
    private static string FileName(IResource resource, BaseKubernetesResource part)
    {
        var prefix = resource.Name.ToLowerInvariant() + "-";
        var name = part.Metadata.Name ?? "";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? $"{name[prefix.Length..]}.yaml" : $"{(name.Length == 0 ? "" : name + "-")}{part.Kind!.ToLowerInvariant()}.yaml";
    }

    private static string Section(string name) => name.Replace('-', '_');

    private Task WriteAsync(string path, string text) => File.WriteAllTextAsync(path, text, context.CancellationToken);

    private async Task<KubernetesResource> PartsAsync(IResource resource)
    {
        var name = resource.Name.ToLowerInvariant();
        var labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/name"] = "{{ .Chart.Name }}", ["app.kubernetes.io/component"] = resource.Name, ["app.kubernetes.io/instance"] = "{{ .Release.Name }}",
        };
        var container = new ContainerV1 { Name = name, Image = ImageOf(resource), ImagePullPolicy = PullPolicyOf(resource) };
        var pod = new PodTemplateSpecV1 { Metadata = new ObjectMetaV1 { Labels = labels }, Spec = { Containers = { container } } };
        var parts = new KubernetesResource(resource.Name, resource, environment)
        {
            Workload = new Deployment
            {
                Metadata = Named("deployment"),
                Spec =
                {
                    Template = pod, Selector = new LabelSelectorV1(labels), Replicas = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1,
                },
            },
        };
        if (resource is ContainerResource { Entrypoint: { } entrypoint })
            container.Command.Add(entrypoint);
        await AddVariablesAsync(resource, parts, container, Named).ConfigureAwait(false);
        foreach (var arg in await resource.ArgumentsAsync(context).ConfigureAwait(false))
            container.Args.Add((await TextAsync(resource, arg, isSecret: IsSecret(arg)).ConfigureAwait(false)).Template);

        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var inner = resource.InnerPort(endpoint);
            var protocol = endpoint.Protocol == ProtocolType.Udp ? "UDP" : "TCP";
            container.Ports.Add(new ContainerPortV1 { Name = endpoint.Name, Protocol = protocol, ContainerPort = inner });
            parts.Service ??= new Service { Metadata = Named("service"), Spec = { Type = environment.DefaultServiceType, Selector = labels } };
            parts.Service.Spec.Ports.Add(new ServicePortV1
            {
                Name = endpoint.Name, Protocol = protocol, Port = endpoint.Port ?? inner, TargetPort = inner,
            });
        }

        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            if (mount.Type == ContainerMountType.BindMount || mount.Source is null)
                throw new DistributedApplicationException($"'{resource.Name}' mounts {mount.Source ?? "a volume without a name"} at {mount.Target}; a chart has neither the machine's files nor names for it: use a named volume.");
            container.VolumeMounts.Add(new VolumeMountV1 { Name = mount.Source, MountPath = mount.Target, ReadOnly = mount.IsReadOnly ? true : null });
            pod.Spec.Volumes.Add(new VolumeV1 { Name = mount.Source, EmptyDir = new EmptyDirVolumeSourceV1() });
        }

        return parts;

        ObjectMetaV1 Named(string kind) => new() { Name = $"{name}-{kind}", Labels = labels };
    }

    private async Task AddVariablesAsync(IResource resource, KubernetesResource parts, ContainerV1 container, Func<string, ObjectMetaV1> named)
    {
        foreach (var (name, value) in await resource.VariablesAsync(context).ConfigureAwait(false))
        {
            var isSecret = IsSecret(value);
            var (template, isLiteral) = await TextAsync(resource, value, isSecret).ConfigureAwait(false);
            if (isSecret)
                (parts.Secret ??= new Secret { Metadata = named("secrets") }).StringData[name] = template;
            else
                (parts.ConfigMap ??= new ConfigMap { Metadata = named("config") }).Data[name] = isLiteral ? Value(Config, resource, name, template) : template;
        }

        if (parts.ConfigMap is not null)
            container.EnvFrom.Add(new EnvFromSourceV1 { ConfigMapRef = new ConfigMapEnvSourceV1 { Name = parts.ConfigMap.Metadata.Name } });
        if (parts.Secret is not null)
            container.EnvFrom.Add(new EnvFromSourceV1 { SecretRef = new SecretEnvSourceV1 { Name = parts.Secret.Metadata.Name } });
    }

    private static bool IsSecret(object value) => value switch
    {
        ParameterResource parameter => parameter.Secret,
        ReferenceExpression expression => expression.Parts.Any(IsSecret),
        _ => false,
    };

    /// <summary>A value's text in a template. Literal: nothing in it comes from <c>values.yaml</c>.</summary>
    private async ValueTask<(string Template, bool IsLiteral)> TextAsync(IResource resource, object value, bool isSecret)
    {
        switch (value)
        {
            case ParameterResource parameter:
                return (Value(isSecret ? Secrets : Config, resource, parameter.Name, parameter.Secret ? "" : await parameter.GetValueAsync(context.CancellationToken).ConfigureAwait(false) ?? ""), false);
            case ReferenceExpression expression:
                var parts = new List<(string Template, bool IsLiteral)>();
                foreach (var part in expression.Parts)
                    parts.Add(await TextAsync(resource, part, isSecret).ConfigureAwait(false));
                return (string.Concat(parts.Select(p => p.Template)), parts.All(p => p.IsLiteral));
            case EndpointReference endpoint:
                return (Part(endpoint, EndpointProperty.Url), true);
            case EndpointReferenceExpression part:
                return (Part(part.Endpoint, part.Property), true);
            default:
                return (Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", true);
        }
    }

    /// <summary>Notes a value in <c>values.yaml</c> and gives the expression that takes it from there.</summary>
    private string Value(string section, IResource resource, string key, string value)
    {
        var (owner, name) = (Section(resource.Name), Section(key));
        if (!values[section].TryGetValue(owner, out var own))
            values[section][owner] = own = [];
        own[name] = value;
        return $"{{{{ .Values.{section}.{owner}.{name} }}}}";
    }

    private string ImageOf(IResource resource) => resource.NamedImage() ?? Value(Parameters, resource, resource.Name + "_image", resource.Name + ":latest");

    private string PullPolicyOf(IResource resource) => resource.Annotations.OfType<ContainerImagePullPolicyAnnotation>().LastOrDefault()?.ImagePullPolicy switch
    {
        ImagePullPolicy.Always => "Always",
        ImagePullPolicy.Missing => "IfNotPresent",
        ImagePullPolicy.Never => "Never",
        _ => environment.DefaultImagePullPolicy,
    };

    private static string Part(EndpointReference endpoint, EndpointProperty property)
    {
        var annotation = endpoint.Annotation();
        var inner = endpoint.Resource.InnerPort(annotation);
        return annotation.Part(property, endpoint.Resource.Name.ToLowerInvariant() + "-service", annotation.Port ?? inner, inner);
    }
}
