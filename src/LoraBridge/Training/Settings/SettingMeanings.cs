using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LoraBridge.Training.Settings;

/// <summary>The sentences on the properties, read from the documentation file that the build writes beside the library, so that they are written once.</summary>
internal static partial class SettingMeanings
{
    private static readonly Lazy<Dictionary<string, string>> s_sentences = new(Read);

    /// <summary>A property's sentence; empty where the documentation file is not beside the library.</summary>
    public static string Of(PropertyInfo property) =>
        s_sentences.Value.GetValueOrDefault($"P:{property.DeclaringType!.FullName}.{property.Name}", "");

    /// <summary>The sentence of a choice's value.</summary>
    public static string Of(FieldInfo field) => s_sentences.Value.GetValueOrDefault($"F:{field.DeclaringType!.FullName}.{field.Name}", "");

    private static Dictionary<string, string> Read()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "LoraBridge.xml");
        if (!File.Exists(path)) return [];
        return XDocument.Load(path).Descendants("member")
            .Where(member => (string?)member.Attribute("name") is ['P' or 'F', ':', ..])
            .ToDictionary(member => (string)member.Attribute("name")!, member => Text(member.Element("summary")), StringComparer.Ordinal);
    }

    private static string Text(XElement? summary) =>
        summary is null ? "" : Spaces().Replace(string.Concat(summary.DescendantNodes().Select(Part)), " ").Trim();

    // a reference to a property reads as that setting's name
    private static string Part(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } element => JsonNamingPolicy.CamelCase.ConvertName(((string?)element.Attribute("cref") ?? (string?)element.Attribute("langword") ?? "").Split('.')[^1]),
        _ => "",
    };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
