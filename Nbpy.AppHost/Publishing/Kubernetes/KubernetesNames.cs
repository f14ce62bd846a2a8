namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>Names and labels that the manifests share.</summary>
internal static class KubernetesNames
{
    /// <summary>The Secret with the passwords and credentials; made of <c>secrets.env</c>, never written as a manifest.</summary>
    public const string Secrets = "nbpy-secrets";

    /// <summary>The Secret made of a folder with the ZeroMQ sockets' keys, never written as a manifest.</summary>
    public static string KeysSecret(string folder) => "nbpy-" + Path.GetFileName(folder);

    /// <summary>The ConfigMap with <c>integration_config.json</c>.</summary>
    public const string Config = "nbpy-config";

    /// <summary>Label of everything that belongs to the system.</summary>
    public const string PartOf = "app.kubernetes.io/part-of";

    /// <summary>Label of a workload's pods.</summary>
    public const string Name = "app.kubernetes.io/name";

    /// <summary>Label of a workload's role: publisher, subscriber, filter, store, dashboards or job.</summary>
    public const string Component = "app.kubernetes.io/component";

    /// <summary>What every pod of the system has.</summary>
    public static Dictionary<string, string> System => new() { [PartOf] = "nbpy" };

    /// <summary>What a workload's pods have and its selectors ask for.</summary>
    public static Dictionary<string, string> Selector(string name) => new() { [Name] = name, [PartOf] = "nbpy" };

    /// <summary>All labels of a workload.</summary>
    public static Dictionary<string, string> Labels(string name, string component) => new() { [Name] = name, [PartOf] = "nbpy", [Component] = component };
}
