using System.Text;
using k8s;
using k8s.Models;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>Kubernetes manifests from the finished Compose file: a folder that <c>kubectl apply -k</c> takes.</summary>
internal static class KubernetesFolder
{
    private const long Gibibyte = 1L << 30;
    private static readonly UTF8Encoding Utf8 = new(false);

    /// <summary>Writes it and says on the console what is there.</summary>
    /// <param name="file">The Compose file, with the topology's customizations.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="source">Where publishers' messages come from that name no source.</param>
    /// <param name="composeFolder">Where the files beside the Compose file were written.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="others">Passwords that nobody can make up.</param>
    /// <exception cref="DistributedApplicationException">Something of the topology has no form in Kubernetes; the message names it.</exception>
    public static void Write(ComposeFile file, IntegrationConfig config, SourceKind source, string composeFolder, string folder, IReadOnlyCollection<string> others)
    {
        var workloads = file.Services.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => WorkloadOf(s, config, source)).ToList();
        var maps = workloads.SelectMany(w => w.Service.Volumes).Where(v => v.Type == "bind" && v.Target is not (ContainerPaths.Keys or ContainerPaths.Certificates)).Select(v => v.Source!).Distinct(StringComparer.Ordinal)
            .Select(path => ConfigMaps.Read(composeFolder, path)).ToList();
        if (maps.All(m => m.Metadata.Name != KubernetesNames.Config))
            throw new DistributedApplicationException("No service mounts the configuration; there is nothing to run.");
        var waitImage = PodEnvironment.WithDefaults(file.Services["influxdb-setup"].Image!);
        var manifests = new WorkloadManifests(file.Services, waitImage, maps.ToDictionary(m => m.Metadata.Name, ConfigMaps.Hash));

        Directory.CreateDirectory(folder);
        var resources = new List<string>();
        Save("config.yaml", maps);
        Save("network-policies.yaml", NetworkPolicies.Of(workloads, OutsideAddress.In(file)));
        foreach (var workload in workloads)
            Save(workload.Name + ".yaml", manifests.Of(workload));
        PublishedFiles.WritePasswords(Path.Combine(folder, "secrets.env"), SecretsOf(workloads), others);
        Kustomization(folder, resources, workloads.Select(w => w.Image).Append(waitImage), [.. PublishedKeys.Write(config, folder), .. PublishedCertificates.Write(config, folder)]);
        Describe(folder, workloads.Count);
        PublishedFiles.SayOthers(others, "secrets.env");

        void Save(string name, IEnumerable<IKubernetesObject<V1ObjectMeta>> objects)
        {
            File.WriteAllText(Path.Combine(folder, name), string.Join("---\n", objects.Select(ManifestYaml.Serialize)), Utf8);
            resources.Add(name);
        }
    }

    private static Workload WorkloadOf(Service service, IntegrationConfig config, SourceKind source)
    {
        var publisher = config.EnabledPublishers.FirstOrDefault(p => ServicePrograms.ResourceName(p.Name) == service.Name);
        if (publisher is { FilterOf: null })
            return new Workload(service, "publisher", RingBytes(publisher), VenuePorts(publisher, publisher.Source ?? source));
        if (publisher is not null)
            return new Workload(service, "filter", RingBytes(publisher), []);
        if (config.EnabledSubscribers.Any(s => ServicePrograms.ResourceName(s.Name) == service.Name))
            return new Workload(service, "subscriber", config.InfluxDb.Spool.Enabled ? config.InfluxDb.Spool.MaxBytes + (256L << 20) : 256L << 20, []);
        return service.Name switch
        {
            "influxdb" => new Workload(service, "store", 50 * Gibibyte, []),
            "grafana" => new Workload(service, "dashboards", Gibibyte, []),
            _ when service.Restart == "no" => new Workload(service, "job", 0, []),
            _ => throw new DistributedApplicationException($"'{service.Name}' is no publisher, subscriber or part of the configuration; there is no manifest for it."),
        };
    }

    /// <summary>The ring of missed messages, its counters and logs.</summary>
    private static long RingBytes(PublisherConfig publisher) => (4L * publisher.RingBytes) + (256L << 20);

    private static List<int> VenuePorts(PublisherConfig publisher, SourceKind source) => source is SourceKind.Simulated or SourceKind.Replay ? []
        : [.. publisher.Options.Values.Select(v => Uri.TryCreate(v, UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.Port > 0 ? uri.Port : 443).Append(443).Distinct().Order()];

    /// <summary>Keys of the Secret; what the pods can do without is optional.</summary>
    private static SortedDictionary<string, bool> SecretsOf(IEnumerable<Workload> workloads)
    {
        var names = new SortedDictionary<string, bool>(StringComparer.Ordinal);
        foreach (var (name, isOptional) in workloads.SelectMany(w => w.Service.Environment.Values).SelectMany(PodEnvironment.SecretsIn))
            names[name] = isOptional && names.GetValueOrDefault(name, true);
        return names;
    }

    private static void Kustomization(string folder, IEnumerable<string> resources, IEnumerable<string> images, IEnumerable<string> keyFolders)
    {
        var text = new StringBuilder("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n");
        foreach (var name in resources)
            text.Append("  - ").Append(name).Append('\n');
        text.Append("generatorOptions:\n  disableNameSuffixHash: true\nsecretGenerator:\n  - name: ").Append(KubernetesNames.Secrets).Append("\n    envs:\n      - secrets.env\n");
        foreach (var keys in keyFolders)
        {
            text.Append("  - name: ").Append(KubernetesNames.KeysSecret(keys)).Append("\n    files:\n");
            foreach (var key in Directory.EnumerateFiles(Path.Combine(folder, keys)).Order(StringComparer.Ordinal))
                text.Append("      - ").Append(keys).Append('/').Append(Path.GetFileName(key)).Append('\n');
        }

        text.Append("# Where your registry is: newName takes its address, newTag or digest what was pushed there.\nimages:\n");
        foreach (var image in images.Distinct().Order(StringComparer.Ordinal))
        {
            var (name, tag) = PartChoice.SplitImage(image);
            text.Append("  - name: ").Append(name).Append("\n    newName: ").Append(name).Append("\n    newTag: \"").Append(tag).Append("\"\n");
        }

        File.WriteAllText(Path.Combine(folder, "kustomization.yaml"), text.ToString(), Utf8);
    }

    private static void Describe(string folder, int workloads)
    {
        Console.WriteLine($"Published to {folder}, for Kubernetes:");
        Console.WriteLine($"  kustomization.yaml       what belongs to it, and the images' names: put your registry there");
        Console.WriteLine($"  *.yaml                   {workloads} workloads, the configuration, network policies");
        Console.WriteLine("  secrets.env              passwords, made up where there were none; kustomize makes the Secret of it: keep it to yourself");
        Console.WriteLine($"  {BillOfMaterials.FileName}            what it is made of (CycloneDX)");
        Console.WriteLine("Next: docker/build-images.sh --registry R, push them, then kubectl apply -k in that folder.");
    }
}
