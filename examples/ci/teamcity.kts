// .teamcity/settings.kts
import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildFeatures.xmlReport
import jetbrains.buildServer.configs.kotlin.buildFeatures.XmlReport
import jetbrains.buildServer.configs.kotlin.buildSteps.script

version = "2024.03"

project {
    buildType {
        name = "deploy"
        artifactRules = "report.md"
        maxRunningBuilds = 1
        vcs { root(DslContext.settingsRoot) }
        requirements { exists("env.MILLWRIGHT_RECORD") }
        steps { script { scriptContent = "sh ci/deploy.sh prod" } }
        features {
            xmlReport {
                reportType = XmlReport.XmlReportType.JUNIT
                rules = "junit.xml"
            }
        }
    }
}
