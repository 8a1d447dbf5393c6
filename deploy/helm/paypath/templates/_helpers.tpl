{{- define "paypath.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "paypath.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "paypath.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "paypath.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "paypath.selector" -}}
app.kubernetes.io/name: {{ include "paypath.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "paypath.labels" -}}
{{ include "paypath.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "paypath.metadata" -}}
name: {{ include "paypath.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "paypath.labels" . | nindent 2 }}
{{- end -}}

{{- /* The labels of the pods to scrape and to close: the chart's own, or those that the sidecar is in. */ -}}
{{- define "paypath.pods" -}}
{{- if eq .Values.mode "sidecar" -}}
{{- toYaml .Values.sidecar.podLabels -}}
{{- else -}}
{{- include "paypath.selector" . -}}
{{- end -}}
{{- end -}}

{{- define "paypath.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else if eq .Values.mode "sidecar" -}}
{{- fail "image.digest: a sidecar is part of the billing service's pods, so its image must be pinned: sha256:…" -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "paypath.identitySecret" -}}
{{- default (printf "%s-client-tls" (include "paypath.fullname" .)) .Values.identity.secretName -}}
{{- end -}}

{{- define "paypath.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "paypath.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name: name the one that exists, or set serviceAccount.create" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* "true" where paypath reads its Certificate by the API, else nothing. */ -}}
{{- define "paypath.proof" -}}
{{- if and .Values.certificate.enabled .Values.certificate.proof (ne .Values.mode "sidecar") -}}true{{- end -}}
{{- end -}}

{{- define "paypath.configMap" -}}
{{- default (include "paypath.fullname" .) .Values.existingConfigMap -}}
{{- end -}}
