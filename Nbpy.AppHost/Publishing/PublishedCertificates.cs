using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.AppHost.Publishing;

/// <summary>A venue's client certificate and its key in what is published: where the variables name files at <c>publish</c>, the files are copied and
/// mounted into that publisher alone. Where they name none they are variables of <c>.env</c> like every other credential.</summary>
internal static class PublishedCertificates
{
    private static readonly (string Option, string Variable)[] Options = [("certificate", "BETFAIR_CERTIFICATE"), ("certificate_key", "BETFAIR_CERTIFICATE_KEY")];

    /// <summary>Mounts the files, and names them as the container sees them.</summary>
    public static IResourceBuilder<ProjectResource> PublishWithCertificate(this IResourceBuilder<ProjectResource> resource, PublisherConfig publisher)
    {
        var files = FilesOf(publisher);
        return files.Count == 0 ? resource : resource.PublishAsDockerComposeService((_, service) =>
        {
            var source = $"./{PublishedKeys.Folder}/{FolderOf(publisher)}";
            service.AddVolume(new Volume { Name = source, Type = "bind", Source = source, Target = ContainerPaths.Certificates, ReadOnly = true });
            foreach (var (variable, file) in files)
                service.AddEnvironmentalVariable(variable, $"{ContainerPaths.Certificates}/{NameOf(variable, file)}");
        });
    }

    /// <summary>Copies the files beside the Compose file.</summary>
    /// <returns>The folders' names, relative to <paramref name="folder"/>.</returns>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static IReadOnlyList<string> Write(IntegrationConfig config, string folder)
    {
        var written = new List<string>();
        foreach (var publisher in config.EnabledPublishers)
        {
            var files = FilesOf(publisher);
            if (files.Count == 0)
                continue;
            PublishedKeys.CopyForContainers(folder, FolderOf(publisher), files.Select(f => (f.File, NameOf(f.Variable, f.File))));
            written.Add($"{PublishedKeys.Folder}/{FolderOf(publisher)}");
        }

        return written;
    }

    private static string FolderOf(PublisherConfig publisher) => "certificate-of-" + ServicePrograms.ResourceName(publisher.Name);

    /// <summary>Two files of one name in two folders stay two.</summary>
    private static string NameOf(string variable, string file) => $"{variable.ToLowerInvariant()}{Path.GetExtension(file)}";

    private static IReadOnlyList<(string Variable, string File)> FilesOf(PublisherConfig publisher) =>
        publisher.Class != KnownClasses.BetfairStream ? [] : [.. Options
            .Select(c => publisher.Options.GetValueOrDefault(c.Option + KnownClasses.NameOption) is { Length: > 0 } name ? name : c.Variable)
            .Select(v => (v, File: Environment.GetEnvironmentVariable(v) ?? "")).Where(v => v.File.Length > 0 && File.Exists(v.File))];
}
