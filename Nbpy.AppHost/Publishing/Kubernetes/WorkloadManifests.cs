using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using k8s;
using k8s.Models;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>The objects of one workload: its pods' controller, a Service before them, a budget for disruptions.</summary>
internal sealed class WorkloadManifests(IReadOnlyDictionary<string, Service> services, string waitImage, IReadOnlyDictionary<string, string> configHashes)
{
    private const int User = 1654;
    private const int GrafanaUser = 472;
    private const int StoreUser = 999; // InfluxDB's image names none and needs none: who owns the volume may write there.
    private const string TemporaryFiles = "tmp";
    private const string DataVolume = "data";
    private const string ConfigVolume = "config";
    private const long JobSecondsKept = 86_400;

    /// <summary>All objects of <paramref name="workload"/>.</summary>
    public IEnumerable<IKubernetesObject<V1ObjectMeta>> Of(Workload workload)
    {
        if (workload.IsJob)
        {
            yield return Job(workload);
            yield break;
        }

        // Headless: a name leads to the pod itself, also while it is not ready: a subscriber must reach a publisher whose venue is away.
        yield return new V1Service
        {
            ApiVersion = "v1",
            Kind = "Service",
            Metadata = Metadata(workload),
            Spec = new V1ServiceSpec
            {
                ClusterIP = workload.Component is "dashboards" ? null : "None",
                PublishNotReadyAddresses = workload.Component is "dashboards" ? null : true,
                Selector = KubernetesNames.Selector(workload.Name),
                Ports = [.. workload.Ports.Select(p => new V1ServicePort { Name = p.Name, Port = p.Number, TargetPort = p.Name })],
            },
        };
        if (workload.Component == "dashboards")
        {
            yield return Claim(workload);
            yield return Deployment(workload);
        }
        else
        {
            yield return StatefulSet(workload);
        }

        yield return new V1PodDisruptionBudget
        {
            ApiVersion = "policy/v1",
            Kind = "PodDisruptionBudget",
            Metadata = Metadata(workload),
            Spec = new V1PodDisruptionBudgetSpec { MaxUnavailable = 1, Selector = Selector(workload) },
        };
    }

    private V1StatefulSet StatefulSet(Workload workload) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "StatefulSet",
        Metadata = Metadata(workload),
        Spec = new V1StatefulSetSpec
        {
            Replicas = 1,
            ServiceName = workload.Name,
            Selector = Selector(workload),
            Template = Template(workload),
            VolumeClaimTemplates = [Claim(workload)],
        },
    };

    private V1Deployment Deployment(Workload workload) => new()
    {
        ApiVersion = "apps/v1",
        Kind = "Deployment",
        Metadata = Metadata(workload),
        Spec = new V1DeploymentSpec
        {
            Replicas = 1,
            Strategy = new V1DeploymentStrategy { Type = "Recreate" }, // Its volume is mounted by one pod at a time.
            Selector = Selector(workload),
            Template = Template(workload),
        },
    };

    private V1Job Job(Workload workload)
    {
        var template = Template(workload);
        template.Spec.RestartPolicy = "OnFailure";
        var metadata = Metadata(workload);
        metadata.Name = $"{workload.Name}-{Hash(template)}";
        return new V1Job
        {
            ApiVersion = "batch/v1",
            Kind = "Job",
            Metadata = metadata,
            Spec = new V1JobSpec { BackoffLimit = 4, TtlSecondsAfterFinished = (int)JobSecondsKept, Template = template },
        };
    }

    /// <summary>A Job's template cannot be changed (Kubernetes, "Jobs"): another one is another Job, which runs again.</summary>
    private static string Hash(V1PodTemplateSpec template) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(KubernetesYaml.Serialize(template))))[..8];

    private V1PersistentVolumeClaim Claim(Workload workload)
    {
        var metadata = Metadata(workload);
        metadata.Name = workload.Component == "dashboards" ? $"{workload.Name}-data" : DataVolume;
        var isTemplate = workload.Component != "dashboards";
        return new V1PersistentVolumeClaim
        {
            ApiVersion = isTemplate ? null : "v1",
            Kind = isTemplate ? null : "PersistentVolumeClaim",
            Metadata = metadata,
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = ["ReadWriteOnce"],
                Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = Mebibytes(workload.DiskBytes) } },
            },
        };
    }

    private V1PodTemplateSpec Template(Workload workload)
    {
        var service = workload.Service;
        var environment = PodEnvironment.Translate(service.Environment);
        var mounts = new List<V1VolumeMount>();
        var volumes = new List<V1Volume>();
        foreach (var volume in service.Volumes)
            Mount(workload, volume, mounts, volumes);
        foreach (var folder in service.Tmpfs)
        {
            mounts.Add(new V1VolumeMount { Name = TemporaryFiles, MountPath = folder });
            volumes.Add(new V1Volume { Name = TemporaryFiles, EmptyDir = new V1EmptyDirVolumeSource { Medium = "Memory", SizeLimit = new ResourceQuantity("64Mi") } });
        }

        var memory = service.Deploy?.Resources?.Limits?.Memory is { } limit ? Binary(limit) : "256Mi";
        var container = new V1Container
        {
            Name = workload.Name,
            Image = workload.Image,
            Args = service.Command.Count == 0 ? null : [.. service.Command.Select(PodEnvironment.WithDefaults)],
            Env = environment,
            Ports = [.. workload.Ports.Select(p => new V1ContainerPort { Name = p.Name, ContainerPort = p.Number })],
            VolumeMounts = mounts,
            Resources = new V1ResourceRequirements
            {
                Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(workload.Component is "store" ? "250m" : "25m"), ["memory"] = new(workload.IsOurs ? "128Mi" : "256Mi") },
                Limits = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(workload.Component is "store" ? "2" : "1"), ["memory"] = new(memory) },
            },
            SecurityContext = Unprivileged(workload),
        };
        if (!workload.IsJob)
            AddProbes(container, workload);
        var conditions = StartConditions.Of(service, services);
        if (conditions.Count > 0 && volumes.All(v => v.Name != ConfigVolume))
            volumes.Add(FromConfigMap(ConfigVolume, KubernetesNames.Config)); // What waits reads it, where the program does not.
        return new V1PodTemplateSpec
        {
            Metadata = new V1ObjectMeta { Labels = KubernetesNames.Labels(workload.Name, workload.Component), Annotations = Hashes(volumes) },
            Spec = new V1PodSpec
            {
                AutomountServiceAccountToken = false,
                EnableServiceLinks = false, // Variables like GRAFANA_PORT=tcp://… would override ours.
                TerminationGracePeriodSeconds = Seconds(service.StopGracePeriod) ?? 30,
                SecurityContext = PodSecurity(workload),
                InitContainers = conditions.Count == 0 ? null : [Wait(conditions, environment)],
                Containers = [container],
                Volumes = volumes.Count == 0 ? null : volumes,
            },
        };
    }

    /// <summary>Waits for the topology's edges, with the very environment that the program will have.</summary>
    private V1Container Wait(IReadOnlyList<string> conditions, List<V1EnvVar> environment) => new()
    {
        Name = "wait",
        Image = waitImage,
        Args = ["wait", .. conditions, "--timeout", "600", "--config", ContainerPaths.Config],

        // The store is asked by the account that reads: the one that writes may not list what is there.
        Env =
        [
            .. conditions.Contains("store") ? PodEnvironment.Translate([new("INFLUXDB_READER_PASSWORD", "${INFLUXDB_READER_PASSWORD}")]) : [],
            .. environment.Where(v => v.Name is "INFLUXDB_HOST" or "INFLUXDB_PORT" || v.Name.StartsWith("GRAFANA_", StringComparison.Ordinal)),
        ],
        VolumeMounts = [new V1VolumeMount { Name = ConfigVolume, MountPath = ContainerPaths.Config, SubPath = Path.GetFileName(ContainerPaths.Config), ReadOnlyProperty = true }],
        Resources = new V1ResourceRequirements
        {
            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("10m"), ["memory"] = new("64Mi") },
            Limits = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("500m"), ["memory"] = new("256Mi") },
        },
        SecurityContext = Confined(),
    };

    private static void Mount(Workload workload, Volume volume, List<V1VolumeMount> mounts, List<V1Volume> volumes)
    {
        if (volume.Type == "volume")
        {
            mounts.Add(new V1VolumeMount { Name = DataVolume, MountPath = volume.Target });
            if (workload.IsJob)
                volumes.Add(new V1Volume { Name = DataVolume, EmptyDir = new V1EmptyDirVolumeSource() });
            else if (workload.Component == "dashboards")
                volumes.Add(new V1Volume { Name = DataVolume, PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = $"{workload.Name}-data" } });
            return;
        }

        if (volume.Target is ContainerPaths.Keys or ContainerPaths.Certificates)
        {
            var secret = Path.GetFileName(volume.Target);
            mounts.Add(new V1VolumeMount { Name = secret, MountPath = volume.Target, ReadOnlyProperty = true });
            volumes.Add(new V1Volume { Name = secret, Secret = new V1SecretVolumeSource { SecretName = KubernetesNames.KeysSecret(volume.Source!), DefaultMode = Convert.ToInt32("440", 8) } });
            return;
        }

        // A file or folder beside the Compose file: a ConfigMap here.
        var name = volume.Target == ContainerPaths.Config ? ConfigVolume : ConfigMaps.NameOf(volume.Source!);
        mounts.Add(new V1VolumeMount
        {
            Name = name, MountPath = volume.Target, SubPath = volume.Target == ContainerPaths.Config ? Path.GetFileName(volume.Target) : null, ReadOnlyProperty = true,
        });
        volumes.Add(FromConfigMap(name, ConfigMaps.NameOf(volume.Source!)));
    }

    private static V1Volume FromConfigMap(string name, string map) => new() { Name = name, ConfigMap = new V1ConfigMapVolumeSource { Name = map } };

    private static void AddProbes(V1Container container, Workload workload)
    {
        var (alive, ready, port) = workload.Component switch
        {
            "store" => ("/ping", "/ping", "http"),
            "dashboards" => ("/api/health", "/api/health", "http"),
            _ => ("/alive", "/health", "health"),
        };
        container.StartupProbe = Probe(alive, port, period: 2, failures: 60);
        container.LivenessProbe = Probe(alive, port, period: 10, failures: 6);
        container.ReadinessProbe = Probe(ready, port, period: 5, failures: 3);
    }

    private static V1Probe Probe(string path, string port, int period, int failures) =>
        new() { HttpGet = new V1HTTPGetAction { Path = path, Port = port }, PeriodSeconds = period, TimeoutSeconds = 5, FailureThreshold = failures };

    private static V1PodSecurityContext PodSecurity(Workload workload)
    {
        var user = workload.IsOurs ? User : workload.Component == "dashboards" ? GrafanaUser : StoreUser;
        return new V1PodSecurityContext
        {
            RunAsNonRoot = true,
            RunAsUser = user,
            RunAsGroup = user,
            FsGroup = user,
            FsGroupChangePolicy = "OnRootMismatch", // Not every file of the store at every start.
            SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
        };
    }

    // With PodSecurity's: what Kubernetes' Pod Security Standards call restricted.
    private static V1SecurityContext Unprivileged(Workload workload) =>
        workload.IsOurs ? Confined() : new V1SecurityContext { AllowPrivilegeEscalation = false, Capabilities = new V1Capabilities { Drop = ["ALL"] } };

    private static V1SecurityContext Confined() => new()
    {
        AllowPrivilegeEscalation = false, ReadOnlyRootFilesystem = true, RunAsNonRoot = true, RunAsUser = User, Capabilities = new V1Capabilities { Drop = ["ALL"] },
    };

    /// <summary>A changed file starts the pods anew that read it.</summary>
    private Dictionary<string, string>? Hashes(List<V1Volume> volumes)
    {
        var hashes = volumes.Where(v => v.ConfigMap is not null).ToDictionary(v => $"nbpy.hash/{v.ConfigMap.Name}", v => configHashes[v.ConfigMap.Name]);
        return hashes.Count == 0 ? null : hashes;
    }

    private static V1ObjectMeta Metadata(Workload workload) => new() { Name = workload.Name, Labels = KubernetesNames.Labels(workload.Name, workload.Component) };

    private static V1LabelSelector Selector(Workload workload) => new() { MatchLabels = KubernetesNames.Selector(workload.Name) };

    private static ResourceQuantity Mebibytes(long bytes) => new(string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, (bytes + (1 << 20) - 1) >> 20)}Mi"));

    // Compose's M is a mebibyte; Kubernetes' is a megabyte.
    private static string Binary(string memory) => memory.TrimEnd('B', 'b') is var m && m.EndsWith('i') ? m : m + "i";

    private static long? Seconds(string? duration) =>
        duration is { Length: > 1 } text && text[^1] == 's' && long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;
}
