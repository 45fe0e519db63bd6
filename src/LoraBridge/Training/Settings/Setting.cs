using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Training.Settings;

/// <summary>One setting: a property of one of the option records, with what the record says about it.</summary>
public sealed class Setting
{
    internal Setting(string group, PropertyInfo property, object owner)
    {
        Group = group;
        Property = property;
        Name = NameOf(property);
        Default = property.GetValue(owner);
        Meaning = SettingMeanings.Of(property);
    }

    /// <summary>The record it belongs to, as it is written: <c>network</c>.</summary>
    public string Group { get; }

    /// <summary>Its name in the group: <c>rank</c>.</summary>
    public string Name { get; }

    /// <summary>Its full name: <c>network.rank</c>.</summary>
    public string Path => $"{Group}.{Name}";

    /// <summary>What it means, in a sentence.</summary>
    public string Meaning { get; }

    /// <summary>The value without any word from the user.</summary>
    public object? Default { get; }

    /// <summary>The type of its values, without the mark that it may be absent.</summary>
    public Type Type => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether it may be none.</summary>
    public bool IsOptional => Nullable.GetUnderlyingType(Property.PropertyType) is not null
        || (Property.PropertyType == typeof(string) && new NullabilityInfoContext().Create(Property).WriteState == NullabilityState.Nullable);

    /// <summary>The names of its values where they are a choice, else empty.</summary>
    public IReadOnlyList<string> Choices => ChoiceType is { } type ? ChoiceNames.Of(type) : [];

    /// <summary>The values allowed, in words; empty where the type says it all.</summary>
    public string Range
    {
        get
        {
            if (Choices.Count > 0) return string.Join(", ", Choices);
            return Property.GetCustomAttribute<RangeAttribute>() is { } range ? SettingText.Range(range)
                : Property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed ? string.Join(", ", allowed.Values.Select(SettingText.Of))
                : "";
        }
    }

    /// <summary>What kind of value it has.</summary>
    public SettingKind Kind => IsTable ? SettingKind.Table : ElementType is not null ? SettingKind.List : KindOf(Type);

    /// <summary>What kind its items have, where they are several; null for a single value.</summary>
    public SettingKind? ElementKind => IsTable ? KindOf(Type.GetGenericArguments()[1]) : ElementType is { } element ? KindOf(element) : null;

    /// <summary>The least and greatest value; null where the kind sets the only limits.</summary>
    public SettingBounds? Bounds => Property.GetCustomAttribute<RangeAttribute>() is { } range
        ? new(Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture), range.MinimumIsExclusive, range.MaximumIsExclusive)
        : null;

    /// <summary>The values allowed, where they are listed one by one; else empty.</summary>
    public IReadOnlyList<object?> AllowedValues => Property.GetCustomAttribute<AllowedValuesAttribute>()?.Values ?? [];

    /// <summary>The names of its values with their meaning, where they are a choice, else empty.</summary>
    public IReadOnlyList<SettingChoice> ChoicesExplained => ChoiceType is { } type ? [.. ChoiceNames.Explained(type)] : [];

    /// <summary>Other words for it, of tutorials and other trainers.</summary>
    public IReadOnlyList<string> Words => KeyTable.WordsFor(Path);

    internal PropertyInfo Property { get; }

    // an enum, or a list of them
    internal Type? ChoiceType => Type.IsEnum ? Type : ElementType is { IsEnum: true } element ? element : null;

    internal Type? ElementType => Type.IsGenericType && Type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(Type) && !IsTable ? Type.GetGenericArguments()[0] : null;

    internal bool IsTable => Type.IsGenericType && Type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);

    /// <summary>What is wrong with a value, or an empty text.</summary>
    internal string Check(object? value)
    {
        if (value is null) return IsOptional ? "" : "needs a value";
        // no path can hold it, and no prompt means it
        if ((value is string text ? [text] : value as IEnumerable<string> ?? []).Any(part => part?.Contains('\0', StringComparison.Ordinal) == true)) return "holds a NUL character: type it anew";
        foreach (var rule in Property.GetCustomAttributes<ValidationAttribute>())
        {
            if (rule.IsValid(value)) continue;
            return rule switch
            {
                RangeAttribute range => $"is {SettingText.Of(value)}, and must be {SettingText.Range(range)}",
                AllowedValuesAttribute => $"is {SettingText.Of(value)}, and must be one of {Range}",
                RequiredAttribute or MinLengthAttribute => "must not be empty",
                _ => $"is '{SettingText.Of(value)}': {rule.FormatErrorMessage(Name)}",
            };
        }
        return "";
    }

    private static SettingKind KindOf(Type type) =>
        type == typeof(bool) ? SettingKind.Boolean
        : type == typeof(int) || type == typeof(long) ? SettingKind.WholeNumber
        : type == typeof(double) ? SettingKind.Number
        : type == typeof(StepAmount) ? SettingKind.Steps
        : type.IsEnum ? SettingKind.Choice
        : SettingKind.Text;

    internal static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
}
