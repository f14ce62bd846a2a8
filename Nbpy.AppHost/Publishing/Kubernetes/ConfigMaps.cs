using System.Security.Cryptography;
using System.Text;
using k8s.Models;

namespace Nbpy.AppHost.Publishing.Kubernetes;

/// <summary>The files beside a Compose file as ConfigMaps.</summary>
internal static class ConfigMaps
{
    /// <summary>Kubernetes refuses a larger object.</summary>
    private const int MaxBytes = 1_000_000;

    /// <summary>The ConfigMap's name of a mounted path, for example <c>./grafana/provisioning/alerting</c>.</summary>
    public static string NameOf(string source)
    {
        var path = source.TrimStart('.', '/');
        return path.StartsWith("config/", StringComparison.Ordinal) ? KubernetesNames.Config : "nbpy-" + path.Replace('/', '-').Replace('_', '-').ToLowerInvariant();
    }

    /// <summary>The ConfigMap of a file, or of the files of a folder.</summary>
    /// <param name="folder">Where the Compose file would lie.</param>
    /// <param name="source">Relative to it.</param>
    /// <exception cref="DistributedApplicationException">It is not there, or too large.</exception>
    public static V1ConfigMap Read(string folder, string source)
    {
        var path = Path.GetFullPath(source, folder);
        IEnumerable<string> files = File.Exists(path) ? [path]
            : Directory.Exists(path) ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal)
            : throw new DistributedApplicationException($"{source} is mounted and was not written to {folder}.");
        var data = files.ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        var bytes = data.Values.Sum(Encoding.UTF8.GetByteCount);
        return bytes <= MaxBytes
            ? new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new V1ObjectMeta { Name = NameOf(source), Labels = KubernetesNames.System }, Data = data }
            : throw new DistributedApplicationException($"{source} has {bytes} bytes; a ConfigMap holds at most {MaxBytes}.");
    }

    /// <summary>Changes when a file does.</summary>
    public static string Hash(V1ConfigMap map) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', map.Data.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Key + '\0' + d.Value)))))[..16];
}
