using System.Security.Cryptography;
using System.Text;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>What lies beside a published Compose file: the configuration without its secrets, and passwords in <c>.env</c>.</summary>
internal static class PublishedFiles
{
    private static readonly string[] GeneratedPasswords = ["INFLUXDB_ADMIN_PASSWORD", "INFLUXDB_PASSWORD", "INFLUXDB_READER_PASSWORD", "GRAFANA_ADMIN_PASSWORD"];

    /// <summary>Writes them into <paramref name="folder"/> and says on the console what is there.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">Where the Compose file is.</param>
    /// <param name="optional">Variables that the file can do without, as venues' credentials.</param>
    /// <param name="others">Passwords of parts that somebody else runs: nobody can make them up.</param>
    public static void Write(IntegrationConfig config, string folder, IEnumerable<string> optional, IReadOnlyCollection<string> others)
    {
        PublishedConfiguration.Write(config, folder);
        FillPasswords(Path.Combine(folder, ".env"), [.. optional.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], others);
        var keys = PublishedKeys.Write(config, folder);
        var certificates = PublishedCertificates.Write(config, folder);
        Console.WriteLine($"Published to {folder}:");
        Console.WriteLine("  docker-compose.yaml               the services");
        Console.WriteLine("  .env                              passwords, made up where there were none: keep it to yourself");
        Console.WriteLine("  config/integration_config.json    the configuration, without secrets");
        if (Directory.Exists(Path.Combine(folder, GrafanaFiles.Folder)))
            Console.WriteLine("  grafana/                          what Grafana reads at its start: datasource, dashboards, alert rules");
        Console.WriteLine($"  {BillOfMaterials.FileName}                     what it is made of (CycloneDX)");
        if (keys.Count > 0)
            Console.WriteLine("  secrets/                          the ZeroMQ sockets' keys: keep them to yourself");
        if (certificates.Count > 0)
            Console.WriteLine($"  {string.Join(", ", certificates)}   client certificates with their keys: keep them to yourself");
        if (Directory.Exists(Path.Combine(folder, PublishedConfiguration.FilesFolder)))
            Console.WriteLine("  files/                            recordings and certificates that options name");
        SayOthers(others, ".env");
        Console.WriteLine("Next: docker/build-images.sh, then docker compose up -d in that folder.");
    }

    /// <summary>A file of <c>NAME=value</c> lines that only its owner reads: what is there stays, a password that nobody chose is made up.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">The names it must have, and whether one may stay away.</param>
    /// <param name="others">Those that nobody can make up.</param>
    public static void WritePasswords(string path, IReadOnlyDictionary<string, bool> names, IReadOnlyCollection<string> others)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path).Where(l => l.Trim().Length > 0).ToList() : [];
        foreach (var (name, isOptional) in names)
        {
            if (lines.Any(l => l.TrimStart('#', ' ').StartsWith(name + "=", StringComparison.Ordinal)))
                continue;
            lines.Add(isOptional ? $"#{name}=" : GeneratedPasswords.Contains(name) && !others.Contains(name) ? $"{name}={NewPassword()}" : $"{name}=");
        }

        WriteForOwner(path, new UTF8Encoding(false).GetBytes(string.Join('\n', lines) + "\n"));
    }

    /// <summary>Says which passwords are somebody else's.</summary>
    public static void SayOthers(IReadOnlyCollection<string> others, string file)
    {
        foreach (var name in others)
            Console.WriteLine($"Set {name} in {file}: that part is external, and its administrator's password cannot be made up. Leave it empty where none is asked for.");
    }

    private static string NewPassword() => RandomNumberGenerator.GetString("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 32);

    /// <summary>A password that nobody chose is made up; one that is there stays.</summary>
    private static void FillPasswords(string path, IReadOnlyList<string> optional, IReadOnlyCollection<string> others)
    {
        var lines = File.Exists(path) ? File.ReadAllLines(path).ToList() : [];
        foreach (var name in GeneratedPasswords.Except(others))
        {
            var line = lines.FindIndex(l => l.TrimStart().StartsWith(name + "=", StringComparison.Ordinal));
            if (line >= 0 && lines[line].Trim() == name + "=")
                lines[line] = $"{name}={NewPassword()}";
        }

        var missing = optional.Where(name => !lines.Any(l => l.TrimStart('#', ' ').StartsWith(name + "=", StringComparison.Ordinal))).ToList();
        if (missing.Count > 0)
            lines.AddRange(["# Venues' credentials, for live sources; take the # away from what you set.", .. missing.Select(name => $"#{name}=")]);

        WriteForOwner(path, new UTF8Encoding(false).GetBytes(string.Join('\n', lines) + "\n"));
    }

    private static void WriteForOwner(string path, byte[] text)
    {
        if (!OperatingSystem.IsWindows())
        {
            // Only the owner reads it, from its first byte on.
            using var file = new FileStream(path + ".new", new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(text);
            file.Close();
            File.Move(path + ".new", path, overwrite: true);
            return;
        }

        File.WriteAllBytes(path, text);
    }
}
