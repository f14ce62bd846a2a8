using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
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
        var contents = files.ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
        var data = contents.Where(f => IsText(f.Value)).ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value));
        var binary = contents.Where(f => !IsText(f.Value)).ToDictionary();
        var bytes = contents.Values.Sum(f => f.LongLength);
        return bytes <= MaxBytes
            ? new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new V1ObjectMeta { Name = NameOf(source), Labels = KubernetesNames.System }, Data = data, BinaryData = binary.Count == 0 ? null : binary }
            : throw new DistributedApplicationException($"{source} has {bytes} bytes; a ConfigMap holds at most {MaxBytes}.");
    }

    /// <summary>What compressed recordings are not.</summary>
    private static bool IsText(byte[] content) => Utf8.IsValid(content) && !content.Contains((byte)0);

    /// <summary>Changes when a file does.</summary>
    public static string Hash(V1ConfigMap map)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in map.Data.Select(d => (d.Key, Encoding.UTF8.GetBytes(d.Value))).Concat((map.BinaryData ?? new Dictionary<string, byte[]>()).Select(d => (d.Key, d.Value)))
            .OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + '\0'));
            hash.AppendData(SHA256.HashData(content));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
