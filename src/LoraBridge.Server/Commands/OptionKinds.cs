using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace LoraBridge.Server.Commands;

/// <summary>The kinds of option there are, each with an error that names the option, what was given, and what is expected.</summary>
internal static class OptionKinds
{
    /// <summary>A whole number within limits.</summary>
    public static Option<int> Integer(string name, string value, string description, int defaultValue, int least, int most) =>
        Parsed(name, value, description, () => defaultValue, text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw new FormatException($"'{text}' is not a whole number from {least} to {most}"));

    /// <summary>A number with a decimal point, within limits.</summary>
    public static Option<double> Number(string name, string value, string description, double defaultValue, double least, double most) =>
        Parsed(name, value, description, () => defaultValue, text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw new FormatException($"'{text}' is not a number from {least} to {most} (with a decimal point)"));

    /// <summary>Free text.</summary>
    public static Option<string> Text(string name, string value, string description, string defaultValue) =>
        Parsed(name, value, description, () => defaultValue, text => text);

    /// <summary>Text that a rule reads; the rule throws <see cref="FormatException"/> with what is wrong and what to give instead.</summary>
    public static Option<T> Parsed<T>(string name, string value, string description, Func<T> defaultValue, Func<string, T> read) =>
        new(name)
        {
            HelpName = value,
            Description = description,
            DefaultValueFactory = _ => defaultValue(),
            CustomParser = result => Read(result, name, read),
        };

    /// <summary>An option that may be given several times, each time with text that a rule reads as in <see cref="Parsed"/>.</summary>
    public static Option<IReadOnlyList<T>> Several<T>(string name, string value, string description, Func<string, T> read) =>
        new(name)
        {
            HelpName = value,
            Description = description,
            Arity = ArgumentArity.OneOrMore,
            DefaultValueFactory = _ => [],
            CustomParser = result => ReadAll(result, name, read),
        };

    /// <summary>A switch that is on when it is named.</summary>
    public static Option<bool> Switch(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    private static List<T> ReadAll<T>(ArgumentResult result, string name, Func<string, T> read)
    {
        var values = new List<T>();
        foreach (var token in result.Tokens)
        {
            try
            {
                values.Add(read(token.Value));
            }
            catch (FormatException wrong)
            {
                result.AddError($"{name}: {wrong.Message}");
            }
        }
        return values;
    }

    private static T? Read<T>(ArgumentResult result, string name, Func<string, T> read)
    {
        try
        {
            return read(result.Tokens[^1].Value);
        }
        catch (FormatException wrong)
        {
            result.AddError($"{name}: {wrong.Message}");
            return default;
        }
    }
}
