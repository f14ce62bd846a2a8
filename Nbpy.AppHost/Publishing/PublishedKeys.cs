using Nbpy.Messaging;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>The ZeroMQ sockets' keys in what is published: a folder for those who publish, and one without the secret for those who only read.</summary>
internal static class PublishedKeys
{
    /// <summary>Beside the Compose file; only its owner gets in. The folders within are readable, for a container's user is another one.</summary>
    public const string Folder = "secrets";

    private const string OfPublishers = "keys-of-publishers";
    private const string OfSubscribers = "keys-of-subscribers";

    /// <summary>Mounts the keys that a program needs; nothing where the configuration has none.</summary>
    public static IResourceBuilder<ProjectResource> PublishWithKeys(this IResourceBuilder<ProjectResource> resource, IntegrationConfig config, bool isPublisher) =>
        config.System.CurveKeys is null ? resource : resource.PublishAsDockerComposeService((_, service) =>
        {
            var source = $"./{Folder}/{(isPublisher ? OfPublishers : OfSubscribers)}";
            service.AddVolume(new Volume { Name = source, Type = "bind", Source = source, Target = ContainerPaths.Keys, ReadOnly = true });
            service.AddEnvironmentalVariable("NBPY_CURVE_KEYS", ContainerPaths.Keys);
            service.AddEnvironmentalVariable("NBPY_CURVE_KEYS_MOUNTED", "true"); // Its mode is the mount's: another user's, or a Secret's.
            service.Environment.Remove("NBPY_TRUSTED_NETWORK");
        });

    /// <summary>Copies the keys beside the Compose file.</summary>
    /// <returns>The folders' names, relative to <paramref name="folder"/>; empty without keys.</returns>
    /// <exception cref="IOException">A key cannot be read or written.</exception>
    public static IReadOnlyList<string> Write(IntegrationConfig config, string folder)
    {
        if (config.System.CurveKeys is not { } keys)
            return [];
        Copy(OfPublishers, CurveKeys.SecretFile, CurveKeys.PublicFile);
        Copy(OfSubscribers, CurveKeys.PublicFile);
        return [$"{Folder}/{OfPublishers}", $"{Folder}/{OfSubscribers}"];

        void Copy(string name, params IEnumerable<string> files) => CopyForContainers(folder, name, files.Select(f => (Path.Combine(keys, f), f)));
    }

    /// <summary>Copies secret files into a folder that only its owner gets to and a container's user can read.</summary>
    /// <param name="folder">Where the Compose file is.</param>
    /// <param name="name">The folder within <see cref="Folder"/>.</param>
    /// <param name="files">What, and under which name.</param>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void CopyForContainers(string folder, string name, IEnumerable<(string Source, string Name)> files)
    {
        var secrets = Path.Combine(folder, Folder);
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(secrets);
        else
            Directory.CreateDirectory(secrets, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var target = Path.Combine(secrets, name);
        Directory.CreateDirectory(target);
        foreach (var (source, file) in files)
        {
            var copy = Path.Combine(target, file);
            File.Copy(source, copy, overwrite: true);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, (UnixFileMode)0b111_101_101);
    }
}
